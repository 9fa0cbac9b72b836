// The GraphQL playground: GraphiQL with its explorer, on the workspace's schema. The schema is loaded here
// with the same fetch as everything else, so that refusals show the gateway's message.

import { explorerPlugin } from '@graphiql/plugin-explorer'
import { useComputedColorScheme } from '@mantine/core'
import { GraphiQL } from 'graphiql'
import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
} from 'graphql'
// Monaco's workers, built with the console: the page's CSP allows no others.
import 'graphiql/setup-workers/vite'
// Not graphiql/style.css, which has them all: its fonts are data: URLs, which the page's CSP refuses.
import '@graphiql/react/style.css'
import '@graphiql/plugin-doc-explorer/style.css'
import '@graphiql/plugin-history/style.css'
import '@graphiql/plugin-explorer/style.css'
import 'graphiql/graphiql.css'
import './graphiql.css'
import { useCallback, useMemo, useState } from 'react'
import { ErrorState } from '../parts/errorState.tsx'
import { Loading } from '../parts/loading.tsx'
import type { Endpoint } from './endpoints.ts'
import { exampleMutation, exampleQuery } from './exampleQuery.ts'
import { createFetcher } from './fetcher.ts'
import { fetchJson } from './fetchJson.ts'
import { createMemoryStorage } from './memoryStorage.ts'
import classes from './playground.module.css'
import { Playground } from './playground.tsx'
import type { Send } from './send.ts'
import { useLoaded } from './useLoaded.ts'

const INTROSPECTION = getIntrospectionQuery({ inputValueDeprecation: true })

/** Moved before the dozens of aggregates of a connection. */
const FIRST_FIELDS = ['edges', 'pageInfo', 'totalCount']

const rank = ({ name }: { readonly name: string }): number => {
  const index = FIRST_FIELDS.indexOf(name)
  return index === -1 ? FIRST_FIELDS.length : index
}

const withEdgesFirst = (introspection: IntrospectionQuery): IntrospectionQuery => ({
  __schema: {
    ...introspection.__schema,
    types: introspection.__schema.types.map((type) =>
      type.kind === 'OBJECT' && type.fields.some(({ name }) => name === 'edges')
        ? { ...type, fields: type.fields.toSorted((a, b) => rank(a) - rank(b)) }
        : type,
    ),
  },
})

const loadSchema = async (send: Send, endpoint: Endpoint): Promise<GraphQLSchema> => {
  const answer = (await fetchJson(send, endpoint.source, { query: INTROSPECTION })) as {
    readonly data: IntrospectionQuery
  }
  return buildClientSchema(withEdgesFirst(answer.data))
}

interface EditorProps {
  readonly endpoint: Endpoint
  readonly send: Send
  readonly schema: GraphQLSchema
}

const Editor = ({ endpoint, send, schema }: EditorProps) => {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  const [storage] = useState(createMemoryStorage)
  const [plugins] = useState(() => [explorerPlugin()])
  const [tabs] = useState(() =>
    [exampleQuery(schema), exampleMutation(schema)].flatMap((query) => (query === null ? [] : { query })),
  )
  const fetcher = useMemo(() => createFetcher(send, endpoint.source), [endpoint, send])
  return (
    <div className={classes.editor}>
      <GraphiQL
        fetcher={fetcher}
        schema={schema}
        storage={storage}
        plugins={plugins}
        forcedTheme={scheme}
        defaultTabs={tabs}
        showPersistHeadersSettings={false}
        shouldPersistHeaders={false}
      >
        <GraphiQL.Logo> </GraphiQL.Logo>
      </GraphiQL>
    </div>
  )
}

const Loader = ({ endpoint, send }: { readonly endpoint: Endpoint; readonly send: Send }) => {
  const load = useCallback(() => loadSchema(send, endpoint), [send, endpoint])
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
  return <Editor endpoint={endpoint} send={send} schema={value} />
}

export const GraphqlPlayground = ({ endpoint }: { readonly endpoint: Endpoint }) => (
  <Playground endpoint={endpoint}>
    {(send) => <Loader key={endpoint.path} endpoint={endpoint} send={send} />}
  </Playground>
)
