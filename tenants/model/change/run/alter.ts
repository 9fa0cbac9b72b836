// Runs changes of the model. A function plans the schema change from the current description; it runs in one
// transaction under the workspace's lock, which also raises the version. Indexes and validations that would
// hold locks for long are jobs after it (runBuilds.ts). A locked table is waited for briefly and often,
// because its readers queue up behind the wait.

import type { ClientBase, Pool } from 'pg'
import { isOnCluster, runInOrder } from '../../../../sql/citus.ts'
import { bindSchema } from '../../../../sql/placeholder.ts'
import { changeModel } from '../../../changeModel.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { describeInSlices } from '../../describe/describe.ts'
import type { ChangePlan, ModelMetadata } from '../../metadata.ts'
import { readSources } from '../../read/sources.ts'
import type { ChangeOptions } from '../check/input.ts'
import { refuseByKind } from '../check/kindCheck.ts'
import { alterRefusalOf, heldRefusal, isHeld } from './alterRefusal.ts'
import { planOf, refuseRewrite } from './changePlan.ts'
import { fillStatements } from './clusterStep.ts'
import { lockFirst } from './lockTables.ts'
import { BRIEFLY } from './lockTimeout.ts'
import { createLockWatch, type LockWatch } from './lockWatch.ts'
import { createMissing } from './missingFunctions.ts'
import { forgetGone, noteBuilds } from './noteBuilds.ts'
import { patiently } from './patiently.ts'
import { endRehearsal, rehearse } from './rehearse.ts'
import { ruleRefusal } from './ruleRefusal.ts'
import { finishNamed } from './runBuilds.ts'
import type { SchemaChange, Step } from './schemaChange.ts'
import { countDoubtful } from './tableSize.ts'
import { droppingSequences } from './unusedSequences.ts'

export interface Changed {
  readonly id: string
  /** After the change; for a dry run, before it. */
  readonly model: ModelMetadata
  readonly before: ModelMetadata
  readonly plan: ChangePlan
  /** Jobs of it wait for runBuilds. */
  readonly hasBuilds: boolean
}

/** Of a change that rewrites no large table; such a statement holds locks. */
const STATEMENT_TIMEOUT = '5min'

const WRITE_OBJECTS = `insert into tenantry.objects (id, workspace_id, table_oid, table_name, annotation)
select w.id, $1, c.oid, c.relname, w.annotation
from jsonb_to_recordset($3) as w (id uuid, "table" text, annotation jsonb)
join pg_namespace n on n.nspname = $2
join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
on conflict (id) do update set table_oid = excluded.table_oid, table_name = excluded.table_name,
  annotation = objects.annotation || excluded.annotation, updated_at = now()`

const WRITE_FIELDS = `insert into tenantry.fields (id, object_id, column_number, column_name, face, annotation)
select w.id, w."objectId", a.attnum, a.attname, w.face, w.annotation
from jsonb_to_recordset($2) as w (id uuid, "objectId" uuid, "table" text, "column" text, face text, annotation jsonb)
join pg_namespace n on n.nspname = $1
join pg_class c on c.relnamespace = n.oid and c.relname = w."table"
join pg_attribute a on a.attrelid = c.oid and a.attname = w."column"
on conflict (id) do update set column_number = excluded.column_number, column_name = excluded.column_name,
  annotation = fields.annotation || excluded.annotation, updated_at = now()`

const FORGET = `with gone as (delete from tenantry.fields where id = any ($1))
delete from tenantry.objects where id = any ($1)`

const note = async (
  client: ClientBase,
  { sources }: Described,
  { objects = [], fields = [], forgotten = [] }: SchemaChange,
): Promise<void> => {
  const { workspaceId, schemaName } = sources
  if (forgotten.length > 0) await client.query(FORGET, [forgotten])
  if (objects.length > 0)
    await client.query(WRITE_OBJECTS, [workspaceId, schemaName, JSON.stringify(objects)])
  if (fields.length > 0) await client.query(WRITE_FIELDS, [schemaName, JSON.stringify(fields)])
}

/** Pure: may be called several times, each time with the current description. */
export type Plan = (before: Described) => SchemaChange | Promise<SchemaChange>

interface Applied {
  readonly before: Described
  readonly schemaChanges: readonly SchemaChange[]
}

interface Attempt {
  readonly client: ClientBase
  readonly workspaceId: string
  /** For the locks on tables, together. */
  readonly lockMs: number
  readonly mayRewrite: boolean
  readonly largeRows: number | undefined
  /** Undo the changes once they are made. */
  readonly isRehearsal?: boolean
}

/** @param largeRows of a table that counts as large, for tests */
const readDescribed = async (
  connection: Pool | ClientBase,
  workspaceId: string,
  largeRows: number | undefined,
): Promise<Described> => {
  const sources = await readSources(connection, workspaceId)
  return describeInSlices(largeRows === undefined ? sources : { ...sources, largeRows })
}

const planned = async (before: Described, plan: Plan): Promise<SchemaChange> => {
  const schemaChange = await plan(before)
  refuseByKind(before, schemaChange)
  return schemaChange
}

interface Planned {
  readonly before: Described
  readonly schemaChange: SchemaChange
}

/** Planned again with counted rows where an estimate is near the limit. */
const plannedExactly = async (
  connection: Pool | ClientBase,
  before: Described,
  plan: Plan,
): Promise<Planned> => {
  const schemaChange = await planned(before, plan)
  const steps = [...schemaChange.steps, ...(schemaChange.afterwards ?? [])]
  const tables = steps.flatMap(({ locks = [], rows = [] }) => [...locks, ...rows].map(({ table }) => table))
  const counted = await countDoubtful(connection, before, tables)
  if (counted === null) return { before, schemaChange }
  const again = await describeInSlices(counted)
  return { before: again, schemaChange: await planned(again, plan) }
}

const runPlan = async (
  { client, workspaceId, lockMs, mayRewrite }: Attempt,
  known: Described,
  plan: Plan,
): Promise<SchemaChange> => {
  const { before, schemaChange } = await plannedExactly(client, known, plan)
  if (!mayRewrite) refuseRewrite(before, schemaChange)
  const { free, locks, locked } = lockFirst(before, schemaChange.steps, lockMs)
  const send = async (statements: readonly string[]): Promise<void> => {
    if (statements.length > 0) await runInOrder(client, [BRIEFLY, ...statements])
  }
  const { schemaName } = before.sources
  const isCluster = await isOnCluster(client)
  const textOf = (steps: readonly Step[]): readonly string[] =>
    steps
      .flatMap(({ sql, fills }) =>
        isCluster && fills !== undefined ? fillStatements(fills.table, fills.column) : [sql],
      )
      .map((sql) => bindSchema(sql, schemaName))
  const statements = schemaChange.steps.map(({ sql }) => sql)
  const later = (schemaChange.afterwards ?? []).map(({ sql }) => sql)
  await send(await createMissing(client, schemaName, [...statements, ...later]))
  await droppingSequences(client, schemaName, statements, async () => {
    await send(textOf(free))
    await send(locks)
    await send(textOf(locked))
  })
  await note(client, before, schemaChange)
  await noteBuilds(client, before.sources, schemaChange.afterwards ?? [])
  const { check } = schemaChange
  if (check !== undefined) await check(await describeInSlices(await readSources(client, workspaceId)))
  return schemaChange
}

const runPlans = async (attempt: Attempt, plans: readonly Plan[]): Promise<Applied> => {
  const { client, workspaceId, largeRows, isRehearsal = false } = attempt
  const read = () => readDescribed(client, workspaceId, largeRows)
  const before = await read()
  const schemaChanges: SchemaChange[] = []
  for (const plan of plans)
    schemaChanges.push(await runPlan(attempt, schemaChanges.length === 0 ? before : await read(), plan))
  if (isRehearsal) endRehearsal()
  if (before.sources.builds.length > 0) await forgetGone(client, workspaceId)
  return { before, schemaChanges }
}

const applyOnce = (
  pool: Pool,
  workspaceId: string,
  plans: readonly Plan[],
  { watch, ...attempt }: Omit<Attempt, 'client' | 'workspaceId'> & { readonly watch: LockWatch },
): Promise<Applied> =>
  changeModel(pool, workspaceId, async (client) => {
    const { rows } = await client.query<{ pid: number }>(
      `select pg_backend_pid() as pid, tenantry.register_tables($1), set_config('statement_timeout', $2, true)`,
      [workspaceId, attempt.mayRewrite ? '0' : STATEMENT_TIMEOUT],
    )
    return watch.during(rows[0]?.pid ?? 0, () => runPlans({ client, workspaceId, ...attempt }, plans))
  })

const applyPatiently = async (
  pool: Pool,
  workspaceId: string,
  { allowRewrite: mayRewrite = false, largeRows }: ChangeOptions,
  plans: readonly Plan[],
): Promise<Applied> => {
  const watch = createLockWatch(pool)
  try {
    return await patiently(
      (lockMs) => applyOnce(pool, workspaceId, plans, { lockMs, mayRewrite, largeRows, watch }),
      watch,
    )
  } catch (error) {
    if (isHeld(error)) throw heldRefusal(error, watch.holder())
    throw (await ruleRefusal(pool, workspaceId, error)) ?? alterRefusalOf(error)
  }
}

/** An index has no id before it exists, so its schema change names it. */
const idOf = (id: string, after: ModelMetadata): string =>
  after.objects.flatMap((object) => object.indexes).find((index) => index.name === id)?.id ?? id

const changedBy = (
  before: Described,
  after: ModelMetadata,
  schemaChanges: readonly SchemaChange[],
): readonly Changed[] =>
  schemaChanges.map((schemaChange) => ({
    id: idOf(schemaChange.id, after),
    model: after,
    before: before.metadata,
    plan: planOf(before, schemaChange),
    hasBuilds: (schemaChange.afterwards ?? []).length > 0,
  }))

/** Of a dry run: each planned from the current model. */
const plannedAlone = async (
  pool: Pool,
  workspaceId: string,
  { largeRows }: ChangeOptions,
  plans: readonly Plan[],
): Promise<readonly Changed[]> => {
  const before = await readDescribed(pool, workspaceId, largeRows)
  const exact: Planned[] = []
  for (const plan of plans) exact.push(await plannedExactly(pool, before, plan))
  const changes = exact.map(({ schemaChange }) => schemaChange)
  await rehearse(pool, before, changes, (lockMs) => {
    const watch = createLockWatch(pool)
    const attempt = { lockMs, mayRewrite: true, largeRows, watch, isRehearsal: true }
    return applyOnce(pool, workspaceId, plans, attempt)
  }).catch(async (error: unknown) => {
    throw (await ruleRefusal(pool, workspaceId, error)) ?? alterRefusalOf(error)
  })
  return exact.flatMap((each) => changedBy(each.before, before.metadata, [each.schemaChange]))
}

/**
 * Several changes in one transaction, each planned from the result of those before it: all of them happen, or
 * none. A dry run plans each from the current model.
 */
export const alterModelInOrder = async (
  pool: Pool,
  workspaceId: string,
  options: ChangeOptions,
  plans: readonly Plan[],
): Promise<readonly Changed[]> => {
  if (options.dryRun === true) return plannedAlone(pool, workspaceId, options, plans)
  await finishNamed(pool, workspaceId)
  const { before, schemaChanges } = await applyPatiently(pool, workspaceId, options, plans)
  const after = await describeInSlices(await readSources(pool, workspaceId))
  return changedBy(before, after.metadata, schemaChanges)
}

export const alterModel = async (
  pool: Pool,
  workspaceId: string,
  options: ChangeOptions,
  plan: Plan,
): Promise<Changed> => {
  const [changed] = await alterModelInOrder(pool, workspaceId, options, [plan])
  if (changed === undefined) throw new Error('A change was planned but not applied.')
  return changed
}
