// One workspace with many objects: `npm run bench -- --objects 300`. For each request that depends on the
// whole model: how long it takes, its processor time, and how long the event loop is blocked meanwhile, which
// `monitorEventLoopDelay` measures in the gateway and its metrics show, and the processor time of the longest
// turn (turns.ts). Each object has 15 columns and a foreign key. Changes of one field come between the first
// requests, for which all is made again.

import type { Pool } from 'pg'
import { freePort } from '../sql/embedded/port.ts'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { createWorkspace } from '../tenants/workspace.ts'
import type { Contender } from './contender.ts'
import { processUs } from './cost.ts'
import { createToken, type Issue } from './key.ts'

const TYPES = [
  'text',
  'integer',
  'timestamptz',
  'boolean',
  'uuid',
  'numeric',
  'jsonb',
  'date',
  'double precision',
]
const COLUMNS = 13
/** Objects that a new workspace has. */
const STANDARD = 10
const LONGEST_BLOCK_MS = 50

export interface LargeModelOptions {
  readonly pool: Pool
  readonly objects: number
  readonly issue: Issue
  readonly startGateway: (
    environment: Readonly<Record<string, string>>,
    flags: readonly string[],
  ) => Promise<Contender>
}

const tableOf = (schema: string, index: number): string => {
  const columns = Array.from(
    { length: COLUMNS },
    (_, at) => `value_${at} ${TYPES[(index + at) % TYPES.length]}`,
  )
  const parent = index === 0 ? [] : [`parent_id uuid references ${schema}.thing_${Math.floor(index / 2)}`]
  return `create table ${schema}.thing_${index} (id uuid primary key default gen_random_uuid(), ${[...columns, ...parent].join(', ')});`
}

const INTROSPECTION =
  '{ __schema { types { kind name description fields { name description args { name description type { ...of } } type { ...of } } inputFields { name description type { ...of } } enumValues { name } } } } fragment of on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }'

const RECORDS = '{ thing1s(first: 5) { edges { node { id value0 parent { id } } } } }'

/** As the console asks. */
const METADATA =
  '{ objects(paging: { first: 1000 }) { edges { node { id nameSingular labelSingular icon isActive fields(paging: { first: 1000 }) { edges { node { id name type label isActive } } } } } } }'

/** The JSON of an answer. */
type Read = (path: string) => Promise<unknown>

/** The model's own document with another label for each object that is not standard. */
const relabelled = async (read: Read): Promise<object> => {
  const { objects, ...rest } = (await read('/rest/metadata/model')) as {
    readonly objects: readonly { readonly nameSingular: string }[]
  }
  const labelSingular = 'Another label'
  const isOwn = ({ nameSingular }: { readonly nameSingular: string }) => nameSingular.startsWith('thing')
  return { ...rest, objects: objects.map((each) => (isOwn(each) ? { ...each, labelSingular } : each)) }
}

const newField = async (read: Read): Promise<object> => {
  const { data } = (await read('/rest/metadata/objects/thing1')) as {
    readonly data: { readonly object: { readonly id: string } }
  }
  return { objectMetadataId: data.object.id, name: 'fresh', label: 'Fresh', type: 'TEXT' }
}

interface LargeModelStep {
  readonly name: string
  readonly path: string
  readonly query?: string
  /** Made before the measurement begins. */
  readonly body?: (read: Read) => Promise<object>
  /** Adds a field before. */
  readonly changes?: true
}

/** Requests in the order in which they run. */
const STEPS: readonly LargeModelStep[] = [
  { name: 'REST, first request', path: '/rest/thing1s?limit=5' },
  { name: 'GraphQL, first request', path: '/graphql', query: RECORDS },
  { name: 'GraphQL, again', path: '/graphql', query: RECORDS },
  { name: 'GraphQL, one field changed', path: '/graphql', query: RECORDS, changes: true },
  { name: 'introspection, first', path: '/graphql', query: INTROSPECTION },
  { name: 'introspection, again', path: '/graphql', query: INTROSPECTION },
  { name: 'metadata over GraphQL, first', path: '/metadata', query: METADATA },
  { name: 'metadata over GraphQL, again', path: '/metadata', query: METADATA },
  { name: 'metadata over REST', path: '/rest/metadata/objects?limit=1000' },
  { name: 'OpenAPI, first', path: '/rest/open-api/core' },
  { name: 'OpenAPI, again', path: '/rest/open-api/core' },
  { name: 'OpenAPI, one field changed', path: '/rest/open-api/core', changes: true },
  { name: 'GraphQL, second field changed', path: '/graphql', query: RECORDS, changes: true },
  {
    name: 'GraphQL schema as text',
    path: '/metadata',
    query: '{ applicationCoreGraphqlSchema(applicationUniversalIdentifier: "x") }',
  },
  { name: 'model as a document', path: '/rest/metadata/model' },
  { name: 'comparison with a document', path: '/rest/metadata/model/diff', body: relabelled },
  { name: 'dry run of a document', path: '/rest/metadata/model/apply?dry_run=true', body: relabelled },
  { name: 'dry run of a field', path: '/rest/metadata/fields?dry_run=true', body: newField },
  { name: 'new field', path: '/rest/metadata/fields', body: newField },
]

export const measureLargeModel = async ({
  pool,
  objects,
  issue,
  startGateway,
}: LargeModelOptions): Promise<void> => {
  const { id, schemaName } = await createWorkspace(pool, { name: 'Large' })
  const schema = quoteIdentifier(schemaName)
  await pool.query(
    Array.from({ length: objects - STANDARD }, (_, index) => tableOf(schema, index)).join('\n'),
  )
  const token = await createToken(pool, issue, id)
  const metricsPort = await freePort()
  const turnsPort = await freePort()
  const gateway = await startGateway(
    {
      ADMIN_PORT: String(metricsPort),
      TURNS_PORT: String(turnsPort),
      BODY_LIMIT_BYTES: '100000000',
      REQUEST_TIMEOUT_MS: '60000',
    },
    ['--import', new URL('turns.ts', import.meta.url).href],
  )
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const ask = async (path: string, sent?: object): Promise<ArrayBuffer> => {
    const response = await fetch(gateway.origin + path, {
      headers,
      ...(sent === undefined ? {} : { method: 'POST', body: JSON.stringify(sent) }),
    })
    const body = await response.arrayBuffer()
    if (!response.ok)
      throw new Error(`${path} answered ${response.status}: ${Buffer.from(body).toString().slice(0, 500)}`)
    return body
  }
  const read: Read = async (path) => JSON.parse(Buffer.from(await ask(path)).toString())
  /** Since the last call. */
  const longestBlockMs = async (): Promise<number> => {
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    return 1_000 * Number(/^nodejs_eventloop_delay_max_seconds (\S+)$/m.exec(metrics)?.[1] ?? Number.NaN)
  }
  /** Since the last call. */
  const longestTurnMs = async (): Promise<number> =>
    Number(await (await fetch(`http://127.0.0.1:${turnsPort}`)).text())
  // Loads what the first request of a process loads, on another workspace.
  const other = await createToken(pool, issue, (await createWorkspace(pool, { name: 'Small' })).id)
  const query = '{ companies(first: 1) { edges { node { id } } } }'
  for (const [path, body] of [
    ['/graphql', JSON.stringify({ query })],
    ['/rest/open-api/core', null],
    ['/metadata', JSON.stringify({ query: METADATA })],
  ] as const)
    await fetch(gateway.origin + path, {
      headers: { ...headers, authorization: `Bearer ${other}` },
      ...(body === null ? {} : { method: 'POST', body }),
    })
  console.log(
    `${objects} objects\n\n| request | ms | CPU ms | longest block, ms | longest turn, CPU ms | MB |\n|---|---|---|---|---|---|`,
  )
  let changed = 0
  for (const { name, path, query: text, body, changes } of STEPS) {
    if (changes) {
      changed += 1
      await pool.query(`alter table ${schema}.thing_3 add column changed_${changed} text`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    const sent = text === undefined ? await body?.(read) : { query: text }
    await Promise.all([longestBlockMs(), longestTurnMs()])
    const [startMs, startUs] = [performance.now(), processUs(gateway.pid)]
    const { byteLength: bytes } = await ask(path, sent)
    const [ms, us] = [performance.now() - startMs, processUs(gateway.pid) - startUs]
    const [block, turn] = [await longestBlockMs(), await longestTurnMs()]
    const verdict = block > LONGEST_BLOCK_MS ? ' missed' : ''
    console.log(
      `| ${name} | ${ms.toFixed(0)} | ${(us / 1000).toFixed(0)} | ${block.toFixed(0)}${verdict} | ${turn.toFixed(0)} | ${(bytes / 1e6).toFixed(1)} |`,
    )
  }
}
