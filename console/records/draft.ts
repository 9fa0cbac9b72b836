// The edited values of a record, which are the body of its write. Of composites it holds only the edited
// sub-fields: the API keeps the others.

import { ExactNumber, isRecord } from '../api/json.ts'
import type { FieldType } from '../model/field/fieldType.ts'
import type { Field } from '../model/object.ts'
import { numberText } from './number.ts'
import type { Row } from './value.ts'

export type Draft = Row

/** Types that the gateway fills. */
const FILLED: ReadonlySet<FieldType> = new Set<FieldType>(['ACTOR', 'POSITION', 'TS_VECTOR', 'FILES'])

export const isEditable = (field: Field): boolean =>
  field.isSystem !== true &&
  field.isActive !== false &&
  !FILLED.has(field.type) &&
  field.relation?.type !== 'ONE_TO_MANY'

const isNumber = (value: unknown): boolean => typeof value === 'number' || value instanceof ExactNumber

/** The API returns large numbers as strings. */
const isSameNumber = (a: unknown, b: unknown): boolean =>
  (isNumber(a) ? isNumber(b) || typeof b === 'string' : typeof a === 'string' && isNumber(b)) &&
  numberText(a) === numberText(b)

const isSame = (a: unknown, b: unknown): boolean =>
  isSameNumber(a, b) || JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

const without = (draft: Draft, name: string): Draft =>
  Object.fromEntries(Object.entries(draft).filter(([key]) => key !== name))

/** Restoring the original value removes the edit. */
export const withValue = (draft: Draft, row: Row, name: string, value: unknown): Draft =>
  isSame(row[name], value) ? without(draft, name) : { ...draft, [name]: value }

export const withPart = (draft: Draft, row: Row, name: string, part: string, value: unknown): Draft => {
  const before = row[name]
  const parts = withValue(
    isRecord(draft[name]) ? draft[name] : {},
    isRecord(before) ? before : {},
    part,
    value,
  )
  return Object.keys(parts).length === 0 ? without(draft, name) : { ...draft, [name]: parts }
}

/** The value of an input: the edited one, or else the stored one. */
export const shownValue = (draft: Draft, row: Row, name: string): unknown =>
  name in draft ? draft[name] : row[name]

/** The same of a composite, whose draft has the edited sub-fields alone. */
export const shownParts = (draft: Draft, row: Row, name: string): unknown => {
  const [now, then] = [draft[name], row[name]]
  return isRecord(now) && isRecord(then) ? { ...then, ...now } : shownValue(draft, row, name)
}
