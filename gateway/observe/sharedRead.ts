// Readings of the database that the gauges of a scrape share, and the gauges.

import { setTimeout as sleep } from 'node:timers/promises'
import { Gauge, type GaugeConfiguration } from 'prom-client'

/** All processes read the same from the database: it must not be added up. */
export const sharedGauge = <Label extends string>(
  definition: Omit<GaugeConfiguration<Label>, 'aggregator'>,
): Gauge<Label> => new Gauge({ ...definition, aggregator: 'max' })

/** A scrape does not wait longer for Postgres. */
const READ_WITHIN_MS = 1_000

/**
 * @param keptForMs how long a reading is used again
 * @returns null where Postgres does not answer in time
 */
export const sharedRead = <T>(read: () => Promise<T>, keptForMs = 0): (() => Promise<T | null>) => {
  let running: Promise<T | null> | null = null
  let kept: { readonly value: T; readonly untilMs: number } | null = null
  const start = async (): Promise<T | null> => {
    const late = sleep(READ_WITHIN_MS, null, { ref: false })
    const value = await Promise.race([read().catch(() => null), late])
    kept = value === null ? null : { value, untilMs: performance.now() + keptForMs }
    return value
  }
  return async () => {
    if (kept !== null && performance.now() < kept.untilMs) return kept.value
    running ??= start().finally(() => {
      running = null
    })
    return running
  }
}
