// Settings of single objects for the change log and the history. They are columns of the registry and no part
// of the model, so a change of them raises no version. Triggers follow by keep_capture.

import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { auditCaller } from '../auditCaller.ts'
import type { Actor } from '../permission/actor.ts'
import { Refusal } from '../refusal.ts'

export interface ObjectChangeLog {
  readonly objectMetadataId: string
  readonly table: string
  /** The object's own setting; null: as its workspace. */
  readonly capture: boolean | null
  readonly history: boolean | null
  /** By all settings together. */
  readonly isCaptured: boolean
  readonly isHistoryKept: boolean
  /** Since when every change is logged; null while triggers are missing or disabled. */
  readonly capturedSince: Date | null
  /** Since when every change is kept in the history; null where history is off. */
  readonly completeSince: Date | null
}

/** Null: as the workspace; undefined: as before. */
export interface ObjectChangeLogSettings {
  readonly capture?: boolean | null | undefined
  readonly history?: boolean | null | undefined
}

const LIST_SQL = `select o.id as "objectMetadataId", c.relname::text as "table", o.captures as capture, o.keeps_history as history,
    tenantry.is_captured(o.captures, o.keeps_history, w.settings, f.captures) as "isCaptured", h.is_on as "isHistoryKept",
    s.since as "capturedSince", case when h.is_on and s.since is not null then greatest(s.since, h.since) end as "completeSince"
  from tenantry.workspaces w
  cross join tenantry_runtime.feed f
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p')
  join tenantry.objects o on o.workspace_id = w.id and o.table_oid = c.oid
  left join tenantry_runtime.captured s on s.table_oid = c.oid and s.since < 'infinity' and 4 = (
    select count(*) from pg_catalog.pg_trigger t
    where t.tgrelid = c.oid and t.tgfoid = any (tenantry_runtime.capture_functions()) and t.tgenabled in ('O', 'A')
  )
  cross join lateral (
    select coalesce(o.keeps_history, (w.settings ->> 'history')::boolean, false) as is_on,
      case when o.keeps_history is null then (w.settings ->> 'historySince')::timestamptz else o.keeps_history_since end as since
  ) h
  where w.id = $1 order by c.relname`

/** Of each table of a workspace, in the order of their names. */
export const listObjectChangeLogs = async (
  pool: Pool,
  workspaceId: string,
): Promise<readonly ObjectChangeLog[]> => (await pool.query<ObjectChangeLog>(LIST_SQL, [workspaceId])).rows

/** @param actor absent for the operator, who is audited elsewhere */
export const setObjectChangeLog = (
  pool: Pool,
  workspaceId: string,
  table: string,
  { capture, history }: ObjectChangeLogSettings,
  actor?: Actor,
): Promise<void> =>
  inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `update tenantry.objects o set
         captures = case when $3 then $4 else o.captures end,
         keeps_history = case when $5 then $6 else o.keeps_history end,
         keeps_history_since = case
           when not $5 or $6 and o.keeps_history then o.keeps_history_since
           -- A history that goes on by another setting has no gap.
           when $6 and (w.settings ->> 'history')::boolean and o.keeps_history is null then (w.settings ->> 'historySince')::timestamptz
           when $6 then pg_catalog.now() end
       from tenantry.workspaces w
       join pg_catalog.pg_namespace n on n.nspname = w.schema_name
       join pg_catalog.pg_class c on c.relnamespace = n.oid
       where w.id = $1 and o.workspace_id = w.id and o.table_oid = c.oid and c.relname = $2 and c.relkind in ('r', 'p')`,
      [workspaceId, table, capture !== undefined, capture ?? null, history !== undefined, history ?? null],
    )
    if (rowCount === 0) throw new Refusal('NOT_FOUND', `The workspace has no table "${table}".`)
    await auditCaller(client, actor, {
      action: 'object.changeLog',
      workspaceId,
      details: { table, capture, history },
    })
  })
