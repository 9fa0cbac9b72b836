// Common parts of the composite types: sub-fields by name, and their refusals. Values of the wrong JSON type
// pass: the conversion to the column's type refuses them.

import { shown } from './shown.ts'
import { ValueRefusal } from './valueRefusal.ts'

/** Sub-fields by name. */
export type Parts = Readonly<Record<string, unknown>>
/** @param path the field's name */
export type Normal = (given: Parts, path: string) => Parts

export const bad = (message: string, reason?: string): ValueRefusal => new ValueRefusal(message, reason)

/** The given sub-fields with one of them changed, if it contains a non-empty text. */
export const withText = (given: Parts, name: string, change: (text: string) => string): Parts => {
  const value = given[name]
  if (typeof value !== 'string' || value === '') return given
  const changed = change(value)
  return changed === value ? given : { ...given, [name]: changed }
}

/** The given sub-fields with the items of one of them changed. Throws ValueRefusal if it is not a list. */
export const withItems = (
  given: Parts,
  name: string,
  path: string,
  change: (item: unknown) => unknown,
): Parts => {
  const value = given[name]
  if (value === undefined || value === null || value === '') return given
  if (!Array.isArray(value))
    throw bad(`Invalid value ${shown(value)} for field "${path}.${name}" - It should be an array`)
  return { ...given, [name]: value.map(change) }
}
