// The REST playground: Scalar on the workspace's OpenAPI document. Scalar contacts only this gateway, through
// our fetch: no fonts, proxies, telemetry, agents or buttons of its vendor.

import { Select, useComputedColorScheme } from '@mantine/core'
import { createApiReference } from '@scalar/api-reference'
import '@scalar/api-reference/style.css'
import './scalar.css'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { ErrorState } from '../parts/errorState.tsx'
import { Loading } from '../parts/loading.tsx'
import type { Endpoint } from './endpoints.ts'
import { fetchJson } from './fetchJson.ts'
import { operationOrder } from './operationOrder.ts'
import { partOfDocument, tagsOf } from './partOfDocument.ts'
import classes from './playground.module.css'
import { Playground } from './playground.tsx'
import type { Send } from './send.ts'
import { useLoaded } from './useLoaded.ts'
import { withoutDefaults } from './withoutDefaults.ts'

type Document = Readonly<Record<string, unknown>>

/** The document's server path, on the origin of this page. */
const serverOf = ({ servers }: Document): string => {
  const [first]: readonly unknown[] = Array.isArray(servers) ? servers : []
  const url = typeof first === 'object' && first !== null && 'url' in first ? String(first.url) : '/rest'
  return `${window.location.origin}${new URL(url, window.location.origin).pathname}`
}

const configurationOf = (document: Document, send: Send, scheme: 'light' | 'dark') => ({
  content: withoutDefaults(document),
  servers: [{ url: serverOf(document) }],
  customFetch: send,
  proxyUrl: '',
  telemetry: false,
  persistAuth: false,
  withDefaultFonts: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never' as const,
  hideClientButton: true,
  hideDarkModeToggle: true,
  forceDarkModeState: scheme,
  documentDownloadType: 'direct' as const,
  theme: 'none' as const,
  defaultOpenFirstTag: false,
  operationsSorter: operationOrder,
  defaultHttpClient: { targetKey: 'shell' as const, clientKey: 'curl' as const },
})

interface ReferenceProps {
  readonly document: Document
  readonly send: Send
}

const Reference = ({ document, send }: ReferenceProps) => {
  const host = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  useEffect(() => {
    if (host.current === null) return
    // Scalar does not clean up its element, so every mount gets a new one.
    const element = window.document.createElement('div')
    host.current.append(element)
    const reference = createApiReference(element, configurationOf(document, send, scheme))
    return () => {
      reference.destroy()
      element.remove()
      window.document.body.classList.remove('dark-mode', 'light-mode')
    }
  }, [document, send, scheme])
  return <div ref={host} className="scalar-host" />
}

/** Scalar takes too long for more objects at once. */
const MAX_TAGS = 60

const FIRST = ['companies', 'people', 'opportunities', 'tasks']

/** The object in the URL (`#tag/companies/…`), a familiar one, or the first. */
const firstOf = (tags: readonly string[]): string | undefined => {
  const [, linked] = /^#tag\/([^/]+)/.exec(window.location.hash) ?? []
  return [linked, ...FIRST].find((name) => name !== undefined && tags.includes(name)) ?? tags[0]
}

const Parts = ({ document, send }: ReferenceProps) => {
  const tags = useMemo(() => tagsOf(document).toSorted(), [document])
  const [tag, setTag] = useState(() => firstOf(tags) ?? '')
  const part = useMemo(() => partOfDocument(document, tag), [document, tag])
  const choose = (next: string | null) => {
    if (next === null) return
    window.history.replaceState(null, '', `#tag/${next}`)
    setTag(next)
  }
  return (
    <>
      <Select
        className={classes.chooser ?? ''}
        label="Object"
        description={`${tags.length} objects, shown one at a time`}
        searchable
        allowDeselect={false}
        limit={100}
        data={[...tags]}
        value={tag}
        onChange={choose}
      />
      <Reference document={part} send={send} />
    </>
  )
}

const Loader = ({ endpoint, send }: { readonly endpoint: Endpoint; readonly send: Send }) => {
  const load = useCallback(async () => {
    // Unauthenticated callers get a document too, without objects. This request is refused for them.
    const letIn = fetchJson(send, '/metadata', { query: '{ __typename }' })
    const [document] = await Promise.all([fetchJson(send, endpoint.source), letIn])
    return document as Document
  }, [send, endpoint])
  const { value, error, retry } = useLoaded(load)
  if (error !== null)
    return (
      <div className={classes.pad}>
        <ErrorState failure={error} onRetry={retry} />
      </div>
    )
  if (value === null)
    return (
      <div className={classes.pad}>
        <Loading rows={10} />
      </div>
    )
  return tagsOf(value).length > MAX_TAGS ? (
    <Parts document={value} send={send} />
  ) : (
    <Reference document={value} send={send} />
  )
}

export const RestPlayground = ({ endpoint }: { readonly endpoint: Endpoint }) => (
  <Playground endpoint={endpoint}>{(send) => <Loader endpoint={endpoint} send={send} />}</Playground>
)
