// The REST playground: Scalar on the workspace's own OpenAPI document. In: whose document; out: reference and
// requests to try. Scalar is kept from everything but this gateway: no fonts, proxies, telemetry, agents or
// buttons of its maker's services, and its fetch is ours.

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
import { quietDocument } from './quietDocument.ts'
import type { Send } from './send.ts'
import { useLoaded } from './useLoaded.ts'

type Document = Readonly<Record<string, unknown>>

/** The paths of a document count from its server's path; its origin is the one that this page came from. */
const serverOf = ({ servers }: Document): string => {
  const [first]: readonly unknown[] = Array.isArray(servers) ? servers : []
  const url = typeof first === 'object' && first !== null && 'url' in first ? String(first.url) : '/rest'
  return `${window.location.origin}${new URL(url, window.location.origin).pathname}`
}

const configurationOf = (document: Document, send: Send, scheme: 'light' | 'dark') => ({
  content: quietDocument(document),
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
    // Scalar takes its element over and leaves it used up, so each life gets one of its own.
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

/** More than these at once take Scalar longer than anybody waits. */
const MAX_TAGS = 60

const FIRST = ['companies', 'people', 'opportunities', 'tasks']

/** The object in the address (`#tag/companies/…`), one that people know, or any. */
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
        description={`Shown one at a time, as there are ${tags.length}`}
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
    // Callers that the gateway does not let in get a document all the same, one without objects; this is
    // refused to them.
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
