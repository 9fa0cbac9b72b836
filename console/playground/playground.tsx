// The common frame of all playgrounds: title, bar, and the tool. The fetch is replaced when the identity of
// requests changes.

import { VisuallyHidden } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { type ReactNode, useMemo } from 'react'
import { usePlaygroundKey, useSession } from '../session/provider.tsx'
import type { Endpoint } from './endpoints.ts'
import classes from './playground.module.css'
import { PlaygroundBar } from './playgroundBar.tsx'
import { createSend, type Send } from './send.ts'

interface PlaygroundProps {
  readonly endpoint: Endpoint
  readonly children: (send: Send) => ReactNode
}

export const Playground = ({ endpoint, children }: PlaygroundProps) => {
  useDocumentTitle(`${endpoint.label} playground · Tenantry`)
  const { csrfToken } = useSession()
  const [key] = usePlaygroundKey()
  const send = useMemo(() => createSend({ csrfToken, key }), [csrfToken, key])
  return (
    <section className={classes.playground}>
      <VisuallyHidden component="h1">{endpoint.label} playground</VisuallyHidden>
      <PlaygroundBar endpoint={endpoint} />
      <div className={classes.body}>{children(send)}</div>
    </section>
  )
}
