// The state of builds right now, with their progress; failed ones are tried again, pending ones begin outside
// the maintenance window.

import type { Pool } from 'pg'
import { Refusal } from '../../../refusal.ts'
import { changingWorkspace } from '../../../workspaceLock.ts'
import type { StepState } from '../../read/builds.ts'

export interface StepStatus {
  readonly id: string
  readonly state: StepState
  readonly error: string | null
  /** As it was planned. */
  readonly statement: string
  /** From 0 to 1, while an index is built. */
  readonly progress: number | null
}

/**
 * Shares of the time that the phases of a build take, roughly. Source: phases of create index in
 * pg_stat_progress_create_index, Postgres 15 to 18.
 */
const PROGRESS = `case
    when p.phase is null then null
    when p.phase like 'building index: scanning%' or p.phase = 'building index'
      then 0.5 * coalesce(p.blocks_done::float8 / nullif(p.blocks_total, 0), 0)
    when p.phase like 'building index: loading%'
      then 0.5 + 0.2 * coalesce(p.tuples_done::float8 / nullif(p.tuples_total, 0), 0)
    when p.phase like 'building index%' then 0.5
    when p.phase = 'waiting for writers before validation' then 0.7
    when p.phase = 'index validation: scanning index'
      then 0.7 + 0.1 * coalesce(p.blocks_done::float8 / nullif(p.blocks_total, 0), 0)
    when p.phase = 'index validation: sorting tuples' then 0.8
    when p.phase = 'index validation: scanning table'
      then 0.8 + 0.19 * coalesce(p.blocks_done::float8 / nullif(p.blocks_total, 0), 0)
    when p.phase = 'waiting for old snapshots' then 0.99
    else 0 end`

const STATUS_SQL = `select u.id::text, u.state, u.error, ${PROGRESS} as progress,
    replace(u.statement, '"__WS__".', quote_ident(w.schema_name) || '.') as statement
  from tenantry.unfinished_steps u join tenantry.workspaces w on w.id = u.workspace_id
  left join pg_stat_progress_create_index p on p.pid = u.worker_pid and p.relid = u.table_oid and u.state = 'running'
  where u.workspace_id = $1 and u.template is not null and u.state <> 'ready' order by u.id`

export const readBuildStatus = async (pool: Pool, workspaceId: string): Promise<readonly StepStatus[]> =>
  (await pool.query<StepStatus>(STATUS_SQL, [workspaceId])).rows

/** Tries failed builds again. Throws Refusal CONFLICT if none of them has failed. */
export const retryBuilds = async (
  pool: Pool,
  workspaceId: string,
  stepIds: readonly string[],
): Promise<void> => {
  const { rowCount } = await changingWorkspace(pool, workspaceId, (client) =>
    client.query(
      `with retried as (
      update tenantry.unfinished_steps set state = 'pending', error = null, not_before = now(), attempts = 0
      where workspace_id = $1 and id = any ($2::bigint[]) and state = 'failed' returning workspace_id
    ) update tenantry.workspaces w set version = version + 1, updated_at = now()
      where w.id = $1 and exists (select from retried)`,
      [workspaceId, stepIds],
    ),
  )
  if (rowCount === 0)
    throw new Refusal('CONFLICT', 'It has no failed build.', {
      hint: 'See buildState: a pending build starts by itself.',
    })
}

/** Lets the pending builds of a workspace begin now. */
export const forceBuilds = async (pool: Pool, workspaceId: string): Promise<number> =>
  (
    await pool.query(
      `update tenantry.unfinished_steps set is_forced = true, not_before = now()
       where workspace_id = $1 and state = 'pending'`,
      [workspaceId],
    )
  ).rowCount ?? 0
