// Builds the indexes of ddl/largeTable.ts for tables that have grown, one after the other and concurrently.
// Missing indexes follow from the catalog alone, so an interrupted run goes on where it stopped. They are
// built like those of model changes (change/run/runBuilds.ts), within the maintenance window.

import type { Pool } from 'pg'
import { Refusal } from '../refusal.ts'
import { alterModel } from './change/run/alter.ts'
import { type RunOptions, runBuilds } from './change/run/runBuilds.ts'
import { buildIndexConcurrently, dropIndex, type SchemaChange } from './change/run/schemaChange.ts'
import { LARGE_TABLE_ROWS } from './change/run/tableSize.ts'
import type { IndexPlan, LargeTableIndex } from './ddl/plan.ts'
import { allLargeTableIndexes } from './ddl/ruleIndexes.ts'
import { printedPredicate } from './ddl/statement.ts'
import type { Described, DescribedObject } from './describe/catalogRef.ts'
import { describeInSlices } from './describe/describe.ts'
import { comparesAsWanted, coversAsWanted } from './describe/describeIndex.ts'
import { neededIndexes } from './describe/neededIndexes.ts'
import { derivedIdentifier } from './identifier.ts'
import { readSources, ruleColumnsSql } from './read/sources.ts'

/** Large tables with their workspace's version and record rules when nothing was missing, by workspace. */
export type Settled = Map<string, string>

interface BuildOptions {
  readonly settled: Settled
  readonly clock: () => Date
  /** Checked between indexes. */
  readonly isEnding: () => boolean
  readonly building?: RunOptions
}

interface Built {
  readonly workspaceId: string
  readonly table: string
  readonly columns: readonly string[]
  /** Why it was not built; null if it was. */
  readonly error: unknown
}

interface LargeTables {
  readonly workspaceId: string
  readonly version: string
  /** JSON of what record rules compare. */
  readonly rules: string
  readonly tables: readonly string[]
}

/** No index is begun later in a round: the other jobs wait for it. */
const ROUND_MS = 300_000

/**
 * Before the first analyse, the rows that the statistics of writes count. A node of a cluster gives the sizes
 * of tables in workspaces that had enough records at their last measurement (quota/size.ts), since the sizes
 * of all tables would take minutes.
 */
const LARGE_SQL = `with large as (
    select n.nspname as schema, c.relname::text as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and not c.relispartition
      and coalesce(nullif(c.reltuples, -1), pg_catalog.pg_stat_get_live_tuples(c.oid)) > $1
    union
    select size.schema_name, c.relname::text
    from tenantry.shard_sizes(
      array(
        select w.schema_name::name from tenantry.workspaces w join tenantry.workspace_sizes s on s.workspace_id = w.id
        where w.deleted_at is null and s.records > $1
      ), false) size
    join pg_catalog.pg_class c on c.oid = size.relation and c.relkind = 'r' and not c.relispartition
    where size.records > $1
  )
  select w.id as "workspaceId", w.version::text as version, ${ruleColumnsSql('w.id')}::text as rules,
    array_agg(large.name order by large.name) as tables
  from tenantry.workspaces w join large on large.schema = w.schema_name
  where w.deleted_at is null
  group by w.id order by w.id`

const objectOfTable = (described: Described, table: string): DescribedObject | undefined =>
  [...described.objects.values()].find(({ relation }) => relation.name === table)

/** An invalid one counts: it is being built, or its owner decides about it. */
const isPresent = (
  { sources }: Described,
  { relation }: DescribedObject,
  wanted: LargeTableIndex,
): boolean => {
  const names = new Map(relation.columns.map(({ number, name }) => [number, name]))
  return sources.details.indexes.some((index) => {
    if (index.relation !== relation.oid || index.method !== wanted.method) return false
    if (!coversAsWanted(index, wanted)) return false
    const columns = index.columns.map((number) => names.get(number))
    return wanted.isForLookup === true
      ? wanted.columns.every((name, at) => columns[at] === name)
      : index.options.join() === wanted.options.join() &&
          columns.join() === wanted.columns.join() &&
          comparesAsWanted(index, wanted)
  })
}

const missingOf = (described: Described, table: string): readonly LargeTableIndex[] => {
  const object = objectOfTable(described, table)
  if (object === undefined) return []
  return neededIndexes(described.sources, object).filter((wanted) => !isPresent(described, object, wanted))
}

/** Names of indexes of single columns that valid ones of the table serve as well. */
const replacedIn = (described: Described, table: string): readonly string[] => {
  const object = objectOfTable(described, table)
  if (object === undefined) return []
  const names = new Map(object.relation.columns.map(({ number, name }) => [number, name]))
  const indexes = described.sources.details.indexes
    .filter(({ relation, valid, plannedBy }) => relation === object.relation.oid && valid && !plannedBy)
    .map((index) => ({ ...index, on: index.columns.map((number) => names.get(number)).join() }))
  return allLargeTableIndexes(object.model, []).flatMap((wanted) => {
    const [column = ''] = wanted.columns
    const isThere = indexes.some(
      (index) => index.on === wanted.columns.join() && coversAsWanted(index, wanted),
    )
    if (wanted.replacesShorter !== true || !isThere) return []
    // Others are their owners'.
    const ours = derivedIdentifier([table, column], 'idx')
    return indexes.flatMap(({ name, on, unique, method, predicate }) =>
      name === ours && on === column && !unique && method === 'btree' && predicate === null ? [name] : [],
    )
  })
}

const planOf =
  (table: string, wanted: LargeTableIndex) =>
  (before: Described): SchemaChange => {
    const isMissing = missingOf(before, table).some(
      (other) =>
        other.columns.join() === wanted.columns.join() &&
        other.method === wanted.method &&
        other.keys?.join() === wanted.keys?.join() &&
        printedPredicate(other) === printedPredicate(wanted),
    )
    const name = before.names.relation(derivedIdentifier([table, ...wanted.columns], 'idx'))
    const index: IndexPlan = { ...wanted, name, unique: false }
    return {
      id: name,
      steps: [],
      afterwards: isMissing ? [buildIndexConcurrently(table, index, 'size')] : [],
    }
  }

const buildOne = async (
  pool: Pool,
  workspaceId: string,
  table: string,
  wanted: LargeTableIndex,
  building: RunOptions,
): Promise<Built | null> => {
  const built = { workspaceId, table, columns: wanted.columns }
  try {
    await alterModel(pool, workspaceId, {}, planOf(table, wanted))
    const steps = await runBuilds(pool, { ...building, workspaceId })
    const step = steps.find(({ state }) => state !== 'waiting')
    // A pending one is built later, by the job of builds.
    return step === undefined ? null : { ...built, error: step.error === null ? null : new Error(step.error) }
  } catch (error) {
    return { ...built, error }
  }
}

const missingIn = async (
  pool: Pool,
  { workspaceId, tables }: LargeTables,
): Promise<readonly { readonly table: string; readonly wanted: LargeTableIndex }[]> => {
  const described = await describeInSlices(await readSources(pool, workspaceId))
  return tables.flatMap((table) => missingOf(described, table).map((wanted) => ({ table, wanted })))
}

const dropReplaced = async (pool: Pool, { workspaceId, tables }: LargeTables): Promise<void> => {
  for (const table of tables) {
    const plan = (before: Described): SchemaChange => {
      const steps = replacedIn(before, table).map((name) => dropIndex(table, name))
      return { id: table, steps, afterwards: [] }
    }
    const described = await describeInSlices(await readSources(pool, workspaceId))
    if (replacedIn(described, table).length > 0) await alterModel(pool, workspaceId, {}, plan)
  }
}

/** Yields each index after its build. */
export async function* buildLargeTableIndexes(
  pool: Pool,
  { settled, clock, isEnding, building = {} }: BuildOptions,
): AsyncGenerator<Built> {
  const until = clock().getTime() + ROUND_MS
  const isOver = (): boolean => isEnding() || clock().getTime() > until
  const { rows } = await pool.query<LargeTables>(LARGE_SQL, [LARGE_TABLE_ROWS])
  const present = new Set(rows.map(({ workspaceId }) => workspaceId))
  for (const workspaceId of settled.keys()) if (!present.has(workspaceId)) settled.delete(workspaceId)
  for (const large of rows) {
    const state = `${large.version} ${large.tables.join()} ${large.rules}`
    if (settled.get(large.workspaceId) === state) continue
    if (isOver()) return
    const missing = await missingIn(pool, large)
    if (missing.length === 0) settled.set(large.workspaceId, state)
    for (const { table, wanted } of missing) {
      if (isOver()) return
      const built = await buildOne(pool, large.workspaceId, table, wanted, building)
      if (built !== null) yield built
    }
    // Of a table that is locked they are dropped in a later round.
    await dropReplaced(pool, large).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
      settled.delete(large.workspaceId)
    })
  }
}
