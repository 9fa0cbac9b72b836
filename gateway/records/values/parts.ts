// What the composite types have in common: sub-fields by name, and how one that is wrong is refused. Values
// that are not of the right JSON type are left for value.ts to refuse, which knows the columns.

import { badInputOf } from '../../error/problem.ts'

/** Sub-fields by name. */
export type Parts = Readonly<Record<string, unknown>>
/** @param path the field's name */
export type Normal = (given: Parts, path: string) => Parts

export const bad = badInputOf('INVALID_ARGS_DATA')

export const isParts = (value: unknown): value is Parts =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value as a person would write it into a message, cut to a readable length. */
export const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

/** The given sub-fields, one of them changed where it holds a text that says something. */
export const withText = (given: Parts, name: string, change: (text: string) => string): Parts => {
  const value = given[name]
  return typeof value === 'string' && value !== '' ? { ...given, [name]: change(value) } : given
}

/** The given sub-fields, the items of one of them changed. Throws Problem where it is no list. */
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
