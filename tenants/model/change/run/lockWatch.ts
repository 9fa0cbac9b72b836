// Observes, on a connection of its own, what a waiting change waits for: the table, and the oldest
// transaction that locks it. Only takes an idle connection, so that changes never wait for their own watch.

import type { Pool } from 'pg'

/** What holds a lock, as a refusal names it. */
export const HOLDER_KINDS = {
  transaction: 'a long transaction',
  idle: 'a long transaction that is idle',
  prepared: 'a prepared transaction',
  autovacuum: 'an autovacuum',
  maintenance: 'a vacuum, an analyze or the build of an index',
  dump: 'a backup with pg_dump',
} as const

export interface Holder {
  readonly kind: keyof typeof HOLDER_KINDS
  /** Null if the change waits for the workspace's lock. */
  readonly table: string | null
  /** Null for a prepared transaction, which has no process. */
  readonly pid: number | null
  readonly application: string
  readonly seconds: number
}

export interface LockWatch {
  /** Watches the backend while `work` runs. */
  readonly during: <Result>(pid: number, work: () => Promise<Result>) => Promise<Result>
  /** What the latest attempt was seen waiting for. */
  readonly holder: () => Holder | null
  readonly isHeldLong: () => boolean
}

const LOOK_EVERY_MS = 100
/** On a busy machine even short transactions take a second. */
const LONG_SECONDS = 3

const HOLDER_SQL = `select c.relname as "table", a.pid,
  case
    when a.pid is null then 'prepared'
    when a.backend_type = 'autovacuum worker' then 'autovacuum'
    when a.application_name = 'pg_dump' then 'dump'
    when a.state like 'idle in transaction%' then 'idle'
    when a.query ~* '^\\s*(vacuum|analy[sz]e|reindex|create\\s+(unique\\s+)?index)\\M' then 'maintenance'
    else 'transaction'
  end as kind,
  coalesce(nullif(a.application_name, ''), a.usename, 'a prepared transaction') as application,
  coalesce(extract(epoch from clock_timestamp() - a.xact_start)::float8, ${LONG_SECONDS}) as seconds
from pg_locks w
left join pg_class c on c.oid = w.relation and w.locktype = 'relation'
cross join lateral unnest(pg_blocking_pids(w.pid)) as b (pid)
left join pg_stat_activity a on a.pid = b.pid
where w.pid = $1 and not w.granted
order by a.xact_start nulls first limit 1`

export const isLong = ({ seconds }: Holder): boolean => seconds >= LONG_SECONDS

export const createLockWatch = (pool: Pool): LockWatch => {
  let holder: Holder | null = null
  let isLooking = false

  const isFree = (): boolean =>
    pool.waitingCount === 0 && (pool.idleCount > 0 || pool.totalCount < (pool.options.max ?? 0))

  const look = async (pid: number): Promise<void> => {
    if (isLooking || !isFree()) return
    isLooking = true
    try {
      const { rows } = await pool.query<Holder>(HOLDER_SQL, [pid])
      holder = rows[0] ?? holder
    } catch {
      // The next look may succeed; without one the refusal is less exact.
    } finally {
      isLooking = false
    }
  }

  return {
    during: async (pid, work) => {
      holder = null
      const looking = setInterval(() => void look(pid), LOOK_EVERY_MS)
      try {
        return await work()
      } finally {
        clearInterval(looking)
      }
    },
    holder: () => holder,
    isHeldLong: () => holder !== null && isLong(holder),
  }
}
