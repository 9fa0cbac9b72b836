// Whether Postgres tells of every change of a data model by itself. In: a connection, or for a look from time
// to time the owner's pool; out: what is so now. An operator may switch the event triggers off, for a restore
// say, and on again while gateways run.

import type { ClientBase, Pool } from 'pg'
import type { Log } from './log.ts'

interface EventTrigger {
  readonly oid: number
  /** The transaction that has switched it last. */
  readonly xmin: string
  readonly isEnabled: boolean
}

const TRIGGERS_SQL = `select oid, xmin::text, evtenabled in ('O', 'A') as "isEnabled"
  from pg_event_trigger where evtname in ('tenantry_ddl', 'tenantry_drop')`

const readTriggers = async (connection: ClientBase | Pool): Promise<readonly EventTrigger[]> =>
  (await connection.query<EventTrigger>(TRIGGERS_SQL)).rows

const doTell = (triggers: readonly EventTrigger[]): boolean =>
  triggers.filter(({ isEnabled }) => isEnabled).length === 2

export const hasEventTriggers = async (connection: ClientBase | Pool): Promise<boolean> =>
  doTell(await readTriggers(connection))

/** Those that a gateway has made anew at its start were there all the time. */
const areSwitched = (before: readonly EventTrigger[], now: readonly EventTrigger[]): boolean =>
  before.some(({ oid, xmin }) => now.some((trigger) => trigger.oid === oid && trigger.xmin !== xmin))

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
  /** Called when they were switched. */
  readonly onSwitch?: (areEnabled: boolean) => void
  /**
   * Called when they are found enabled again, for however short they were not: what changed meanwhile was not
   * told.
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
      const isSwitched = areSwitched(triggers, now) || doTell(now) !== areEnabled
      triggers = now
      areEnabled = doTell(now)
      if (isSwitched) onSwitch?.(areEnabled)
      if (isSwitched && areEnabled) onGap()
      if (isSwitched)
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
