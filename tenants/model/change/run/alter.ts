// Runs changes of the model. A function plans the schema change from the current description; it runs in one
// transaction under the workspace's lock, which also raises the version. Indexes and validations that would
// hold locks for long follow after it. A locked table is waited for briefly and often, because its readers
// queue up behind the wait.

import type { ClientBase, Pool } from 'pg'
import { bindSchema } from '../../../../sql/placeholder.ts'
import { changeModel } from '../../../change.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { describe } from '../../describe/describe.ts'
import type { ChangePlan, ModelMetadata } from '../../metadata.ts'
import { readSources } from '../../read/sources.ts'
import type { ChangeOptions } from '../check/input.ts'
import { refuseByKind } from '../check/kindCheck.ts'
import { alterRefusalOf, heldRefusal, isHeld } from './alterRefusal.ts'
import { planOf, refuseRewrite } from './changePlan.ts'
import { lockFirst } from './lockTables.ts'
import { BRIEFLY } from './lockTimeout.ts'
import { createLockWatch, type LockWatch } from './lockWatch.ts'
import { patiently } from './patiently.ts'
import { ruleRefusal } from './ruleRefusal.ts'
import type { SchemaChange, Step } from './schemaChange.ts'
import { finishAbandoned, finishSteps, noteSteps } from './unfinished.ts'

export interface Changed {
  readonly id: string
  /** After the change; for a dry run, before it. */
  readonly model: ModelMetadata
  readonly before: ModelMetadata
  readonly plan: ChangePlan
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
export type Plan = (before: Described) => SchemaChange

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
}

const planned = (before: Described, plan: Plan): SchemaChange => {
  const schemaChange = plan(before)
  refuseByKind(before, schemaChange)
  return schemaChange
}

const runPlan = async (
  { client, workspaceId, lockMs, mayRewrite }: Attempt,
  before: Described,
  plan: Plan,
): Promise<SchemaChange> => {
  const schemaChange = planned(before, plan)
  if (!mayRewrite) refuseRewrite(before, schemaChange)
  const { free, locks, locked } = lockFirst(before, schemaChange.steps, lockMs)
  const send = async (statements: readonly string[]): Promise<void> => {
    if (statements.length > 0) await client.query([BRIEFLY, ...statements].join(';\n'))
  }
  const textOf = (steps: readonly Step[]): readonly string[] =>
    steps.map(({ sql }) => bindSchema(sql, before.sources.schemaName))
  await send(textOf(free))
  await send(locks)
  await send(textOf(locked))
  await note(client, before, schemaChange)
  await noteSteps(client, workspaceId, schemaChange.afterwards ?? [])
  schemaChange.check?.(describe(await readSources(client, workspaceId)))
  return schemaChange
}

const afterwardsOf = (schemaChanges: readonly SchemaChange[]) =>
  schemaChanges.flatMap(({ afterwards = [] }) => afterwards)

const runPlans = async (attempt: Attempt, plans: readonly Plan[]): Promise<Applied> => {
  const { client, workspaceId } = attempt
  const read = async () => describe(await readSources(client, workspaceId))
  const before = await read()
  const schemaChanges: SchemaChange[] = []
  for (const plan of plans)
    schemaChanges.push(await runPlan(attempt, schemaChanges.length === 0 ? before : await read(), plan))
  return { before, schemaChanges }
}

const applyOnce = (
  pool: Pool,
  workspaceId: string,
  plans: readonly Plan[],
  { lockMs, mayRewrite, watch }: Omit<Attempt, 'client' | 'workspaceId'> & { readonly watch: LockWatch },
): Promise<Applied> =>
  changeModel(
    pool,
    workspaceId,
    async (client) => {
      const { rows } = await client.query<{ pid: number }>(
        `select pg_backend_pid() as pid, tenantry.register_tables($1), set_config('statement_timeout', $2, true)`,
        [workspaceId, mayRewrite ? '0' : STATEMENT_TIMEOUT],
      )
      return watch.during(rows[0]?.pid ?? 0, () =>
        runPlans({ client, workspaceId, lockMs, mayRewrite }, plans),
      )
    },
    (client, { schemaChanges }) => finishSteps(client, workspaceId, afterwardsOf(schemaChanges)),
  )

const applyPatiently = async (
  pool: Pool,
  workspaceId: string,
  { allowRewrite: mayRewrite = false }: ChangeOptions,
  plans: readonly Plan[],
): Promise<Applied> => {
  const watch = createLockWatch(pool)
  try {
    return await patiently(
      (lockMs) => applyOnce(pool, workspaceId, plans, { lockMs, mayRewrite, watch }),
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
  }))

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
  if (options.dryRun === true) {
    const before = describe(await readSources(pool, workspaceId))
    return changedBy(
      before,
      before.metadata,
      plans.map((plan) => planned(before, plan)),
    )
  }
  // Deferred statements of a gateway that died refer to the current names of tables and columns.
  await finishAbandoned(pool, workspaceId)
  const { before, schemaChanges } = await applyPatiently(pool, workspaceId, options, plans)
  return changedBy(before, describe(await readSources(pool, workspaceId)).metadata, schemaChanges)
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
