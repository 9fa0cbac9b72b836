// Validates names that people choose. Any script and any character is allowed except NUL, which Postgres
// cannot store.

import { Refusal } from './refusal.ts'

const MAX_LENGTH = 200

/** @param what for the message: "A workspace". */
export const checkedDisplayName = (text: string, what: string): string => {
  const name = text.trim()
  // Characters as Postgres counts them, not UTF-16 units.
  const { length } = [...name]
  if (length >= 1 && length <= MAX_LENGTH && !name.includes('\0')) return name
  throw new Refusal(
    'INVALID_INPUT',
    `${what}'s name must have 1 to ${MAX_LENGTH} characters, none of them NUL.`,
  )
}
