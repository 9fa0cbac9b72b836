// Whether the event triggers that announce changes of data models are enabled. An operator may disable them,
// for a restore for example, and enable them again while gateways run.

import type { ClientBase, Pool } from 'pg'
import type { Log } from './log.ts'

interface EventTrigger {
  readonly oid: number
  /** The transaction that switched it last. */
  readonly xmin: string
  readonly isEnabled: boolean
}

const TRIGGERS_SQL = `select oid, xmin::text, evtenabled in ('O', 'A') as "isEnabled"
  from pg_event_trigger where evtname in ('tenantry_ddl', 'tenantry_drop')`

const readTriggers = async (connection: ClientBase | Pool): Promise<readonly EventTrigger[]> =>
  (await connection.query<EventTrigger>(TRIGGERS_SQL)).rows

const areAnnouncing = (triggers: readonly EventTrigger[]): boolean =>
  triggers.filter(({ isEnabled }) => isEnabled).length === 2

export const hasEventTriggers = async (connection: ClientBase | Pool): Promise<boolean> =>
  areAnnouncing(await readTriggers(connection))

/** Triggers recreated by a gateway at its start count as never disabled. */
const areSwitched = (before: readonly EventTrigger[], now: readonly EventTrigger[]): boolean =>
  before.some(({ oid, xmin }) => now.some((trigger) => trigger.oid === oid && trigger.xmin !== xmin))

interface EventTriggerWatch {
  /** As of the last check. */
  readonly areEnabled: () => boolean
  readonly close: () => Promise<void>
}

interface EventTriggerWatchOptions {
  readonly pool: Pool
  readonly log: Log
  /** State at the start. */
  readonly wereEnabled: boolean
  /** Called when the triggers were enabled or disabled. */
  readonly onSwitch?: (areEnabled: boolean) => void
  /**
   * Called when the triggers are found enabled again, however short the gap was: changes made meanwhile were
   * not announced.
   */
  readonly onGap: () => void
  readonly everyMs?: number
}

const EVERY_MS = 5_000

export const watchEventTriggers = ({
  pool,
  log,
  wereEnabled,
  onSwitch,
  onGap,
  everyMs = EVERY_MS,
}: EventTriggerWatchOptions): EventTriggerWatch => {
  let areEnabled = wereEnabled
  let triggers: readonly EventTrigger[] = []
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  const look = async (): Promise<void> => {
    try {
      const now = await readTriggers(pool)
      const isSwitched = areSwitched(triggers, now) || areAnnouncing(now) !== areEnabled
      triggers = now
      areEnabled = areAnnouncing(now)
      if (isSwitched) onSwitch?.(areEnabled)
      if (isSwitched && areEnabled) onGap()
      if (isSwitched)
        log.warn(
          { areEnabled },
          'the event triggers were enabled or disabled; without them changes in SQL are found by polling',
        )
    } catch (error) {
      // Requests detect by themselves that Postgres is unreachable.
      log.debug({ err: error }, 'cannot check the event triggers')
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
  let looking = look()

  return Object.freeze({
    areEnabled: () => areEnabled,
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await looking
    },
  })
}
