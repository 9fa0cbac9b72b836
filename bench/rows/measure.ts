// `npm run bench -- --rows 2000000`: what requests cost on a table of that many people. Builds the indexes that
// large tables get, adds trigrams on last names, and prints a line for each request: the fastest of some
// answers, and the time, the buffers and the scans of its plan.

import type { Pool } from 'pg'
import { createCustomIndex } from '../../tenants/model/change/object/indexes.ts'
import { runBuilds } from '../../tenants/model/change/run/runBuilds.ts'
import { describe } from '../../tenants/model/describe/describe.ts'
import { buildLargeTableIndexes } from '../../tenants/model/largeTables.ts'
import { readSources } from '../../tenants/model/read/sources.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import type { Contender } from '../contender.ts'
import { describeMachine } from '../machine.ts'
import type { RowsRequest } from './request.ts'
import { requestsOf } from './requests.ts'

export interface RowsOptions {
  readonly pool: Pool
  readonly gateway: Contender
  readonly workspace: { readonly id: string; readonly schemaName: string }
  readonly people: number
  readonly companies: number
  readonly rareRole: { readonly label: string }
  readonly tokens: Readonly<Record<'admin' | 'rare', string>>
  /** Only requests whose name matches this pattern. */
  readonly only?: string | undefined
}

const ANSWERS = 4
const BYTES_PER_MB = 1024 * 1024

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Subplan Name'?: string
  readonly 'Shared Hit Blocks'?: number
  readonly 'Shared Read Blocks'?: number
  readonly Plans?: readonly PlanNode[]
}

interface Explained {
  readonly statements: readonly {
    readonly executionMs: number | null
    readonly plan: { readonly Plan: PlanNode } | null
    readonly error: unknown
  }[]
}

const nodesOf = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** Scans of tables, shortest first, without what most plans have. */
const scansOf = (node: PlanNode): string => {
  const scans = nodesOf(node).flatMap(({ 'Node Type': type, ...each }) => {
    const place = each['Index Name'] ?? each['Relation Name']
    return /Scan$/.test(type) && place !== undefined && !/^Bitmap Heap/.test(type)
      ? [`${type.replace(/ Scan$/, '')} ${place}`]
      : []
  })
  return [...new Set(scans)].join(', ')
}

/** Builds what the background job builds, without its bound of time. */
export const buildIndexes = async (pool: Pool): Promise<void> => {
  const options = { settled: new Map<string, string>(), clock: () => new Date(0), isEnding: () => false }
  for await (const { table, columns, error } of buildLargeTableIndexes(pool, options))
    if (error !== null) throw new Error(`No index of ${table} (${columns.join()}): ${String(error)}`)
}

/** As an operator would, for text operators. */
export const addTrigrams = async (
  pool: Pool,
  { id, schemaName }: RowsOptions['workspace'],
): Promise<void> => {
  const { objects } = describe(await readSources(pool, id)).metadata
  const person = objects.find(({ nameSingular }) => nameSingular === 'person')
  const name = person?.fields.find((field) => field.name === 'name')
  if (person === undefined || name === undefined) throw new Error(`There are no people in ${schemaName}.`)
  await createCustomIndex(pool, id, {
    objectMetadataId: person.id,
    indexType: 'GIN',
    fields: [{ fieldMetadataId: name.id, subFieldName: 'lastName' }],
  })
  for (const { error } of await runBuilds(pool, { workspaceId: id }))
    if (error !== null) throw new Error(`No trigrams of last names: ${error}`)
}

const postJson = async (url: string, token: string, body: unknown): Promise<string> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok || text.includes('"errors"'))
    throw new Error(`${url} answers ${response.status}: ${text.slice(0, 500)}`)
  return text
}

const answer = async (origin: string, request: RowsRequest, token: string): Promise<string> => {
  if ('query' in request)
    return postJson(`${origin}/graphql`, token, { query: request.query, variables: request.variables })
  if (request.body !== undefined) return postJson(origin + request.path, token, request.body)
  const response = await fetch(origin + request.path, { headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  if (!response.ok) throw new Error(`${request.path} answers ${response.status}: ${text.slice(0, 500)}`)
  return text
}

const explainedOf = (request: RowsRequest): Readonly<Record<string, unknown>> =>
  'query' in request
    ? { query: request.query, variables: request.variables }
    : {
        request: {
          method: request.body === undefined ? 'GET' : 'POST',
          path: request.path,
          ...(request.body === undefined ? {} : { body: request.body }),
        },
      }

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))

const explain = async (
  { gateway, workspace, rareRole }: RowsOptions,
  operator: string,
  request: RowsRequest,
): Promise<string> => {
  const text = await postJson(`${gateway.origin}/admin/workspaces/${workspace.id}/explain`, operator, {
    ...explainedOf(request),
    role: request.role === 'rare' ? rareRole.label : 'Admin',
    analyze: true,
  })
  const { statements } = JSON.parse(text) as Explained
  const plans = statements.flatMap(({ plan }) => (plan === null ? [] : [plan.Plan]))
  const executed = statements.reduce((sum, { executionMs }) => sum + (executionMs ?? 0), 0)
  const sum = (name: 'Shared Hit Blocks' | 'Shared Read Blocks'): number =>
    plans.reduce((total, plan) => total + (plan[name] ?? 0), 0)
  return `${ms(executed)} | ${sum('Shared Hit Blocks')} + ${sum('Shared Read Blocks')} | ${plans.map(scansOf).join('; ')}`
}

const sizesOf = async (pool: Pool, schema: string): Promise<string> => {
  const { rows } = await pool.query<{ table: string; bytes: string; indexes: string }>(
    `select c.relname as table, pg_table_size(c.oid)::text as bytes, pg_indexes_size(c.oid)::text as indexes
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname in ('person', 'company') order by 1`,
    [schema],
  )
  const mb = (bytes: string): string => `${Math.round(Number(bytes) / BYTES_PER_MB)} MB`
  return rows
    .map(({ table, bytes, indexes }) => `${table} ${mb(bytes)}, its indexes ${mb(indexes)}`)
    .join('; ')
}

export const measureRows = async (options: RowsOptions): Promise<void> => {
  const { pool, gateway, workspace, people, companies, tokens, only } = options
  const { secret } = await createOperatorKey(pool, 'bench', { scopes: ['statements'] })
  console.log(await describeMachine(pool))
  console.log(`${people} people, ${companies} companies; ${await sizesOf(pool, workspace.schemaName)}\n`)
  console.log('| request | ms | target | ms in Postgres | buffers hit + read | scans |')
  console.log('|---|---|---|---|---|---|')
  const isAsked = (name: string): boolean => only === undefined || new RegExp(only).test(name)
  for (const request of await requestsOf(pool, workspace.schemaName, people, isAsked)) {
    if (!isAsked(request.name)) continue
    const token = tokens[request.role ?? 'admin']
    const times: number[] = []
    for (let turn = 0; turn < ANSWERS; turn += 1) {
      const startMs = performance.now()
      await answer(gateway.origin, request, token)
      times.push(performance.now() - startMs)
    }
    const best = Math.min(...times)
    const { targetMs } = request
    const verdict = targetMs === null ? '' : `≤ ${targetMs}${best <= targetMs ? '' : ': missed'}`
    console.log(`| ${request.name} | ${ms(best)} | ${verdict} | ${await explain(options, secret, request)} |`)
  }
}
