// The expiry of keys: from a choice of the form to ISO 8601, and from a key to its state.

import type { Key } from './keys.ts'

const DAY_MS = 86_400_000

/** Days from now, or a date. */
export const EXPIRIES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: '36500', label: 'Never (100 years)' },
  { value: 'date', label: 'On a date …' },
] as const

export const DEFAULT_EXPIRY = '90'

export interface Expiry {
  /** A value of `EXPIRIES`. */
  readonly choice: string
  /** `2030-12-31` in the browser's time zone; the key expires at the end of that day. */
  readonly date: string
}

export const expiresAtOf = ({ choice, date }: Expiry, now: Date): string | null => {
  if (choice !== 'date') return new Date(now.getTime() + Number(choice) * DAY_MS).toISOString()
  const end = new Date(`${date}T23:59:59`)
  return Number.isNaN(end.getTime()) ? null : end.toISOString()
}

export type KeyState = 'active' | 'expiring' | 'expired' | 'revoked'

const EXPIRING_MS = 7 * DAY_MS

export const stateOf = (key: Pick<Key, 'expiresAt' | 'revokedAt'>, now: Date): KeyState => {
  if (key.revokedAt !== null) return 'revoked'
  const left = new Date(key.expiresAt).getTime() - now.getTime()
  if (left <= 0) return 'expired'
  return left < EXPIRING_MS ? 'expiring' : 'active'
}

/** So far away that the console shows “Never”. */
export const isEndless = (expiresAt: string, now: Date): boolean =>
  new Date(expiresAt).getTime() - now.getTime() > 50 * 365 * DAY_MS
