// Whether Postgres tells of every change of a data model by itself. In: a connection, or for a look from time to time the owner's pool;
// out: what is so now. An operator may switch the event triggers off, for a restore say, and on again while gateways run.

import type { ClientBase, Pool } from 'pg'
import type { Log } from './log.ts'

const ENABLED_SQL = `select from pg_event_trigger where evtname in ('tenantry_ddl', 'tenantry_drop') and evtenabled in ('O', 'A')`

export const hasEventTriggers = async (connection: ClientBase | Pool): Promise<boolean> =>
  (await connection.query(ENABLED_SQL)).rowCount === 2

export interface EventTriggerWatch {
  /** As of the last look. */
  readonly areEnabled: () => boolean
  readonly close: () => Promise<void>
}

export interface EventTriggerWatchOptions {
  readonly pool: Pool
  readonly log: Log
  /** As the start has found them. */
  readonly wereEnabled: boolean
  /** Called when they are found enabled again: what changed meanwhile was not told. */
  readonly onGap: () => void
  readonly everyMs?: number
}

const EVERY_MS = 5_000

export const watchEventTriggers = ({
  pool,
  log,
  wereEnabled,
  onGap,
  everyMs = EVERY_MS,
}: EventTriggerWatchOptions): EventTriggerWatch => {
  let areEnabled = wereEnabled
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  let looking = Promise.resolve()

  const look = async (): Promise<void> => {
    try {
      const before = areEnabled
      areEnabled = await hasEventTriggers(pool)
      if (areEnabled && !before) onGap()
      if (areEnabled !== before)
        log.warn(
          { areEnabled },
          'the event triggers were switched; without them changes in SQL are found by asking',
        )
    } catch (error) {
      // Requests find out by themselves that Postgres is away.
      log.debug({ err: error }, 'cannot look for the event triggers')
    }
    again()
  }
  const again = (): void => {
    if (isClosed) return
    timer = setTimeout(() => {
      looking = look()
    }, everyMs)
    timer.unref()
  }
  again()

  return Object.freeze({
    areEnabled: () => areEnabled,
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await looking
    },
  })
}
