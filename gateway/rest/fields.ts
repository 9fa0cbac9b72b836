// The `fields` parameter: the fields of a record in the answer, always including the key.

import type { ObjectModel } from '../../tenants/model/model.ts'
import { Problem } from '../error/problem.ts'
import { isSearchVector, suggestion } from '../records/model/field.ts'
import { deniedFields, isWithheld } from '../records/model/permission.ts'
import { scalarOf } from '../records/read/key.ts'

/** Names as given; null for all fields. */
export const parseFields = (text: string): readonly string[] | null => {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return names.length === 0 ? null : names
}

const isAnswered = (object: ObjectModel, name: string): boolean => {
  const field = object.fields.get(name)
  return field !== undefined && !isSearchVector(object, field)
}

/**
 * Throws Problem BAD_USER_INPUT with the unknown names, FORBIDDEN with the names that the role may not read.
 */
export const checkFields = (object: ObjectModel, names: readonly string[], parameter = 'fields'): void => {
  const missing = names.filter((name) => !isAnswered(object, name))
  const unknown = missing.filter((name) => !isWithheld(object, name))
  if (unknown.length > 0)
    throw new Problem(
      'BAD_USER_INPUT',
      `'${parameter}' parameter invalid. Unknown or unreadable fields on '${object.nameSingular}': ${unknown
        .map((name) => name.slice(0, 100))
        .join(', ')
        .slice(0, 1_000)}`,
      {
        subCode: 'INVALID_ARGS_FIELDS',
        isUnknownName: true,
        ...suggestion(unknown[0] ?? '', object.fields.keys()),
      },
    )
  if (missing.length > 0) throw deniedFields('read', [{ object, paths: missing }])
}

/** Whether the answer includes a field. */
export const isShown = (
  object: ObjectModel,
  names: readonly string[] | null,
): ((name: string) => boolean) => {
  if (names === null) return () => true
  const shown = new Set([...names, ...object.key.flatMap((column) => scalarOf(object, column)?.name ?? [])])
  return (name) => shown.has(name)
}
