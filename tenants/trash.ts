// Empties the trash of workspaces: deletes records that were in it longer than their workspace's retention.
// Each workspace is visited once a day, in transactions of bounded size. A retention of 0 days keeps the
// trash forever; suspended workspaces keep theirs until they are active again.

import type { Pool } from 'pg'
import { STANDARD_BY_TABLE } from './model/read/annotation.ts'
import { DEFAULT_SETTINGS } from './workspaceSettings.ts'

interface TrashPurge {
  readonly workspaceId: string
  /** Deleted records by table. */
  readonly purged: Readonly<Record<string, number>>
  /**
   * Records by table that cannot be deleted, because a record that must keep its reference points at them.
   */
  readonly kept: Readonly<Record<string, number>>
}

interface PurgeTrashOptions {
  readonly now: Date
  /** Maximum number of records that one transaction deletes. */
  readonly batchRecords?: number
  /** Checked before each transaction. */
  readonly isEnding?: () => boolean
}

const BATCH_RECORDS = 5000
/** Per call; the rest is due at the next one. */
const MAX_WORKSPACES = 1000

const DUE_SQL = `select w.id, $1::timestamptz - interval '1 day' * r.days as cutoff
  from tenantry.workspaces w
  left join tenantry.trash_purges p on p.workspace_id = w.id
  cross join lateral (select coalesce((w.settings ->> 'trashRetentionDays')::integer, $2) as days) r
  where w.status = 'active' and r.days > 0
    and (p.purged_at is null or p.purged_at <= $1::timestamptz - interval '1 day')
  order by p.purged_at nulls first, w.id
  limit ${MAX_WORKSPACES}`

const MARK_SQL = `insert into tenantry.trash_purges (workspace_id, purged_at)
  select id, $2 from tenantry.workspaces where id = $1
  on conflict (workspace_id) do update set purged_at = excluded.purged_at`

interface TableRow {
  readonly table: string
  readonly purged: number
  readonly kept: number
}

const add = (counts: Record<string, number>, table: string, count: number): void => {
  if (count > 0) counts[table] = (counts[table] ?? 0) + count
}

const purgeWorkspace = async (
  pool: Pool,
  { id, cutoff }: { readonly id: string; readonly cutoff: Date },
  { batchRecords = BATCH_RECORDS, isEnding = () => false }: PurgeTrashOptions,
): Promise<TrashPurge | null> => {
  const purged: Record<string, number> = {}
  let kept: Record<string, number> = {}
  // Deleting records may unblock records that an earlier pass could not delete, so the last pass deletes
  // nothing.
  for (let isDone = false; !isDone; ) {
    if (isEnding()) return null
    const { rows } = await pool.query<TableRow>(
      `select table_name as "table", purged::float8 as purged, kept::float8 as kept
       from tenantry.purge_trash($1, $2, $3, $4)`,
      [id, [...STANDARD_BY_TABLE.keys()], cutoff, batchRecords],
    )
    kept = {}
    for (const row of rows) {
      add(purged, row.table, row.purged)
      add(kept, row.table, row.kept)
    }
    isDone = rows.every((row) => row.purged === 0)
  }
  return { workspaceId: id, purged, kept }
}

/** @returns the workspaces in which there was something to delete. */
export const purgeTrash = async (pool: Pool, options: PurgeTrashOptions): Promise<readonly TrashPurge[]> => {
  const { rows } = await pool.query<{ id: string; cutoff: Date }>(DUE_SQL, [
    options.now,
    DEFAULT_SETTINGS.trashRetentionDays,
  ])
  const purges: TrashPurge[] = []
  for (const workspace of rows) {
    const purge = await purgeWorkspace(pool, workspace, options)
    if (purge === null) break
    await pool.query(MARK_SQL, [workspace.id, options.now])
    if (Object.keys({ ...purge.purged, ...purge.kept }).length > 0) purges.push(purge)
  }
  return purges
}
