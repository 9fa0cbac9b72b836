// Rows of tenantry.unfinished_steps, as the session that runs them takes and ends them. A row whose session
// is gone can be taken over.

import type { ClientBase, Pool } from 'pg'
import type { BuildPurpose } from '../../ddl/buildStep.ts'

export interface ClaimedStep {
  readonly id: string
  readonly workspaceId: string
  readonly schemaName: string
  readonly purpose: BuildPurpose | null
  /** Null for a row of a gateway of the version before. */
  readonly template: string | null
  readonly statement: string
  readonly indexName: string | null
  readonly undo: string | null
  /** Oid of the table. */
  readonly relation: string | null
  /** Present names; null where a table or column is gone. */
  readonly table: string | null
  readonly columns: readonly (string | null)[]
  readonly constraintName: string | null
  readonly attempts: number
}

const IS_ABANDONED = `not exists (
  select from pg_stat_activity a where a.pid = u.worker_pid and a.backend_start = u.worker_started_at)`

/** Builds that have begun go on outside the maintenance window. */
const DUE = `(u.workspace_id = $1 or $1 is null) and u.not_before <= now()
  and (u.state = 'pending' or u.state = 'running' and ${IS_ABANDONED})
  and not exists (select from tenantry.unfinished_steps e where e.workspace_id = u.workspace_id
    and e.build_id is not distinct from u.build_id and e.id < u.id and e.state <> 'ready')
  and ($2 or u.is_forced or u.state = 'running' or u.begun_at is not null)`

const CLAIM_SQL = `with due as (
    select u.id from tenantry.unfinished_steps u join tenantry.workspaces w on w.id = u.workspace_id
    where ${DUE} and w.deleted_at is null order by u.is_forced desc, u.id limit 1 for update of u skip locked
  ), me as (select a.pid, a.backend_start from pg_stat_activity a where a.pid = pg_backend_pid())
  update tenantry.unfinished_steps u
  set state = 'running', worker_pid = me.pid, worker_started_at = me.backend_start,
    attempts = u.attempts + 1
  from due, me, tenantry.workspaces w
  where u.id = due.id and w.id = u.workspace_id
  returning u.id::text, u.workspace_id as "workspaceId", w.schema_name as "schemaName", u.purpose, u.template, u.statement,
    u.index_name as "indexName", u.undo, u.table_oid::text as relation, u.attempts,
    (select c.relname::text from pg_class c where c.oid = u.table_oid) as "table",
    array(select (select a.attname::text from pg_attribute a
        where a.attrelid = u.table_oid and a.attnum = n.number and not a.attisdropped)
      from unnest(u.column_numbers) with ordinality n (number, place) order by n.place) as columns,
    coalesce((select k.conname::text from pg_constraint k where k.oid = u.constraint_oid), u.constraint_name)
      as "constraintName"`

export const isAnyDue = async (pool: Pool, workspaceId: string | null, mayBegin: boolean): Promise<boolean> =>
  (await pool.query(`select from tenantry.unfinished_steps u where ${DUE} limit 1`, [workspaceId, mayBegin]))
    .rowCount === 1

const BEGIN_SQL = `update tenantry.unfinished_steps set begun_at = now()
  where workspace_id = $1 and build_id = (select build_id from tenantry.unfinished_steps where id = $2)`

/** The next step of any build that may run, for this session. */
export const claimStep = async (
  client: ClientBase,
  workspaceId: string | null,
  mayBegin: boolean,
): Promise<ClaimedStep | undefined> => {
  const [step] = (await client.query<ClaimedStep>(CLAIM_SQL, [workspaceId, mayBegin])).rows
  if (step !== undefined) await client.query(BEGIN_SQL, [step.workspaceId, step.id])
  return step
}

/** Ready and failed raise the version, so that all gateways read the model again. */
const READY_SQL = `with ended as (
    delete from tenantry.unfinished_steps where id = $1 and index_id is null returning workspace_id
  ), kept as (
    update tenantry.unfinished_steps set state = 'ready', error = null, worker_pid = 0, index_oid = $2::text::oid
    where id = $1 and index_id is not null returning workspace_id
  ) update tenantry.workspaces w set version = version + 1, updated_at = now()
  from (select * from ended union all select * from kept) e where w.id = e.workspace_id`

/** @returns false if the step was cancelled meanwhile. */
export const markStepReady = async (client: ClientBase, id: string, index: string | null): Promise<boolean> =>
  (await client.query(READY_SQL, [id, index])).rowCount === 1

export const markStepFailed = async (client: ClientBase, id: string, error: string): Promise<void> => {
  await client.query(
    `with ended as (update tenantry.unfinished_steps set state = 'failed', error = $2, worker_pid = 0
      where id = $1 returning workspace_id)
    update tenantry.workspaces w set version = version + 1, updated_at = now() from ended where w.id = ended.workspace_id`,
    [id, error],
  )
}

/** @param seconds until it is tried again. */
export const markStepWaiting = async (
  client: ClientBase,
  id: string,
  error: string,
  seconds: number,
): Promise<void> => {
  await client.query(
    `update tenantry.unfinished_steps set state = 'pending', error = $2, worker_pid = 0,
      not_before = now() + make_interval(secs => $3) where id = $1`,
    [id, error, seconds],
  )
}

/** A step whose table or column is gone has nothing to build. */
export const forgetStep = async (client: ClientBase, id: string): Promise<void> => {
  await client.query('delete from tenantry.unfinished_steps where id = $1', [id])
}

/** Whether steps of the version before, which have names of their time, wait for a session that is gone. */
export const hasNamedSteps = async (pool: Pool, workspaceId: string): Promise<boolean> =>
  (
    await pool.query(
      `select from tenantry.unfinished_steps u where u.workspace_id = $1 and u.template is null and ${IS_ABANDONED} limit 1`,
      [workspaceId],
    )
  ).rowCount === 1

/** Whether a gateway of the version before runs a step, whose end is not announced. */
export const isNamedRunning = async (pool: Pool, workspaceId: string): Promise<boolean> =>
  (
    await pool.query(
      'select from tenantry.unfinished_steps where workspace_id = $1 and template is null limit 1',
      [workspaceId],
    )
  ).rowCount === 1
