// The audit log's partitions: one per month, made two months ahead and dropped as a whole.

import type { Pool } from 'pg'

/**
 * Makes the coming partitions and drops old ones; returns how many. By default a new installation keeps the
 * log for 400 days, and one from before the log had partitions keeps all of it.
 * @param days that rows are kept; null: the installation's default
 */
export const turnAudit = async (pool: Pool, days: number | null, now: Date): Promise<number> => {
  const { rows } = await pool.query<{ dropped: number }>(
    'select tenantry.turn_audit(coalesce($1, default_days), $2) as dropped from tenantry.audit_retention',
    [days, now],
  )
  return rows[0]?.dropped ?? 0
}
