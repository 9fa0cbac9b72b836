// Counts, labels and the axis of hourly usage.

import type { Hour } from './usage.ts'

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' })

/** Neither refused nor failed. */
export const servedOf = ({ requests, refused, failed }: Hour): number =>
  Math.max(0, requests - refused - failed)

export const hourLabel = ({ at }: Hour): string => day.format(new Date(at))

export const clockOf = ({ at }: Hour): string => clock.format(new Date(at))

/** The next of 1, 2, 5, 10, 20, 50, … at or above: a round step for an axis. */
export const niceCeiling = (value: number): number => {
  if (value <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10
  return step * power
}

/** The top of an axis with so many round steps. */
export const ceilingOf = (hours: readonly Hour[], steps: number): number =>
  steps * niceCeiling(Math.max(0, ...hours.map(({ requests }) => requests)) / steps)
