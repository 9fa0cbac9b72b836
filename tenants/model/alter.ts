// Runs changes of the model. In: a workspace and a function from its description to an alteration; out: what was done. All of
// it is one transaction under the workspace's lock, with the version raised in it; indexes and validations that would hold
// locks for long follow after it. A table that somebody else holds is waited for briefly and often, since whoever reads it
// queues up behind the wait.

import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase, Pool } from 'pg'
import { bindSchema } from '../../sql/placeholder.ts'
import { changeModel } from '../change.ts'
import { Refusal } from '../refusal.ts'
import { type Alteration, planOf, type Step } from './alteration.ts'
import type { Described } from './anchor.ts'
import { describe } from './describe.ts'
import type { ChangeOptions } from './input.ts'
import type { ChangePlan, ModelMetadata } from './metadata.ts'
import { ruleRefusal } from './ruleRefusal.ts'
import { readSources } from './sources.ts'

export interface Changed {
  readonly id: string
  /** After the change; of a dry run, before it. */
  readonly model: ModelMetadata
  readonly before: ModelMetadata
  readonly plan: ChangePlan
}

const LOCK_TIMEOUT_MS = 300
const ATTEMPTS = 7
const FIRST_PAUSE_MS = 50

const LOCK_NOT_AVAILABLE = '55P03'
const DEADLOCK = '40P01'

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

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
  { objects = [], fields = [], forgotten = [] }: Alteration,
): Promise<void> => {
  const { workspaceId, schemaName } = sources
  if (forgotten.length > 0) await client.query(FORGET, [forgotten])
  if (objects.length > 0)
    await client.query(WRITE_OBJECTS, [workspaceId, schemaName, JSON.stringify(objects)])
  if (fields.length > 0) await client.query(WRITE_FIELDS, [schemaName, JSON.stringify(fields)])
}

/** Errors of Postgres that speak about the wish, not about a fault of ours. */
const refusalOf = (error: unknown): unknown => {
  const code = codeOf(error)
  if (!(error instanceof Error) || code === undefined || error instanceof Refusal) return error
  const refuse = (kind: 'CONFLICT' | 'INVALID_INPUT', message: string, hint: string) =>
    new Refusal(kind, message, { hint, cause: error })
  switch (code) {
    case LOCK_NOT_AVAILABLE:
    case DEADLOCK:
      return refuse(
        'CONFLICT',
        'A table is in use by a long transaction, so its structure cannot be changed now.',
        'Try again when it has ended.',
      )
    case '23505':
      return refuse(
        'CONFLICT',
        'Some records have the same value, so the field cannot be unique.',
        'Change or delete the duplicates first; records in the trash do not count.',
      )
    case '23502':
      return refuse('CONFLICT', 'Some records have no value, so the field cannot be required.', 'Fill them.')
    case '23503':
      return refuse('CONFLICT', 'Some records point at records that are not there.', 'Correct them first.')
    case '2BP01':
    case '0A000':
      return refuse(
        'CONFLICT',
        `Something else depends on it: ${error.message}.`,
        'Drop or change that first.',
      )
    case '22003':
      return refuse('CONFLICT', `Some records do not fit: ${error.message}.`, 'Correct them first.')
    case '22P02':
    case '22007':
    case '42804':
      return refuse(
        'INVALID_INPUT',
        `The default value does not suit the type: ${error.message}.`,
        'Change it.',
      )
    case '42P07':
    case '42710':
    case '42701':
      return refuse('CONFLICT', `The name is taken in the database: ${error.message}.`, 'Choose another one.')
    case '54011':
      return refuse('CONFLICT', 'The table has as many columns as Postgres can hold.', 'Delete fields first.')
    default:
      return error
  }
}

const runAfterwards = async (pool: Pool, schemaName: string, steps: readonly Step[]): Promise<void> => {
  for (const step of steps) {
    try {
      await pool.query(bindSchema(step.sql, schemaName))
    } catch (error) {
      // What was there before under the name (42P07) is not ours to drop.
      if (step.undo !== undefined && codeOf(error) !== '42P07')
        await pool.query(bindSchema(step.undo, schemaName)).catch(() => {})
      throw refusalOf(error)
    }
  }
}

const apply = async (
  pool: Pool,
  workspaceId: string,
  plan: (before: Described) => Alteration,
): Promise<{ readonly before: Described; readonly alteration: Alteration }> =>
  changeModel(pool, workspaceId, async (client) => {
    await client.query('select tenantry.register_tables($1)', [workspaceId])
    const before = describe(await readSources(client, workspaceId))
    const alteration = plan(before)
    const statements = alteration.steps.map((step) => bindSchema(step.sql, before.sources.schemaName))
    await client.query([`set local lock_timeout = ${LOCK_TIMEOUT_MS}`, ...statements].join(';\n'))
    await note(client, before, alteration)
    alteration.check?.(describe(await readSources(client, workspaceId)))
    return { before, alteration }
  })

const applyPatiently: typeof apply = async (pool, workspaceId, plan) => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await apply(pool, workspaceId, plan)
    } catch (error) {
      const isBusy = [LOCK_NOT_AVAILABLE, DEADLOCK].includes(codeOf(error) ?? '')
      if (!isBusy || attempt === ATTEMPTS)
        throw (await ruleRefusal(pool, workspaceId, error)) ?? refusalOf(error)
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random()))
    }
  }
}

/** An index has no id before it exists, so its alteration names it. */
const idOf = (id: string, after: ModelMetadata): string =>
  after.objects.flatMap((object) => object.indexes).find((index) => index.name === id)?.id ?? id

/**
 * @param plan pure: it may be called several times, each time with what is there then.
 */
export const alterModel = async (
  pool: Pool,
  workspaceId: string,
  { dryRun = false }: ChangeOptions,
  plan: (before: Described) => Alteration,
): Promise<Changed> => {
  if (dryRun) {
    const before = describe(await readSources(pool, workspaceId))
    const alteration = plan(before)
    return {
      id: alteration.id,
      model: before.metadata,
      before: before.metadata,
      plan: planOf(before, alteration),
    }
  }
  const { before, alteration } = await applyPatiently(pool, workspaceId, plan)
  await runAfterwards(pool, before.sources.schemaName, alteration.afterwards ?? [])
  const after = describe(await readSources(pool, workspaceId)).metadata
  return {
    id: idOf(alteration.id, after),
    model: after,
    before: before.metadata,
    plan: planOf(before, alteration),
  }
}
