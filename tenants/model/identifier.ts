// Names in Postgres, which silently truncates them at 63 bytes. A too long name of a table or column is
// refused, because people chose it; a derived name (of an index, a constraint, a type) is shortened
// deterministically.

import { createHash } from 'node:crypto'
import type { CatalogRelation } from '../../sql/catalog/catalog.ts'
import { Refusal } from '../refusal.ts'

/** The keyword of each kind of relation in statements. */
export const RELATION_KINDS: Readonly<Record<CatalogRelation['kind'], string>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
}

const MAX_BYTES = 63
const HASH_LENGTH = 8

/** Whether Postgres keeps the whole name. */
export const isKept = (name: string): boolean => Buffer.byteLength(name) <= MAX_BYTES

/** The name itself, if Postgres keeps it whole. */
export const keptIdentifier = (name: string, what: string): string => {
  const bytes = Buffer.byteLength(name)
  if (bytes === 0 || bytes > MAX_BYTES || name.includes('\0'))
    throw new Refusal(
      'INVALID_INPUT',
      `The name of ${what} "${name}" takes ${bytes} bytes in Postgres; 1 to ${MAX_BYTES} are possible.`,
      {
        hint: 'Choose a shorter name.',
      },
    )
  return name
}

/** `<parts>_<suffix>`; beyond 63 bytes the parts are cut and get a hash of all of them. */
export const derivedIdentifier = (parts: readonly string[], suffix: string): string => {
  const whole = parts.join('_')
  const ending = suffix === '' ? '' : `_${suffix}`
  if (Buffer.byteLength(whole + ending) <= MAX_BYTES) return whole + ending
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, HASH_LENGTH)
  const room = MAX_BYTES - Buffer.byteLength(ending) - HASH_LENGTH - 1
  return `${cutToBytes(whole, room)}_${hash}${ending}`
}

const numbered = (name: string, number: number): string =>
  cutToBytes(name, MAX_BYTES - String(number).length) + number

/** The derived name, or if it is taken, with the smallest free number appended, as Postgres does. */
export const freeIdentifier = (derived: string, isTaken: (name: string) => boolean): string => {
  let name = derived
  for (let number = 1; isTaken(name); number += 1) name = numbered(derived, number)
  return name
}

/** Whether a name is the derived one, with or without a number. */
export const isDerived = (name: string, derived: string): boolean => {
  const [digits] = /[1-9][0-9]*$/.exec(name) ?? []
  return name === derived || (digits !== undefined && numbered(derived, Number(digits)) === name)
}

/** At most this many bytes of UTF-8, never half a character. */
const cutToBytes = (text: string, bytes: number): string => {
  let kept = ''
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break
    kept += character
  }
  return kept
}
