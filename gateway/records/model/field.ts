// Names that a request gets wrong. In: an object and the name asked for; out: a Problem that suggests the
// nearest name, or that says that the role may not read the field.

import type { ModelField, ObjectModel } from '../../../tenants/model/model.ts'
import { Problem } from '../../error/problem.ts'
import { deniedFields, isWithheld } from './permission.ts'

/** Levenshtein distance, given up on once it exceeds `limit`. */
const distance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? limit + 1
}

/** The known name nearest to a mistyped one, if any is near. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  if (name.length > 64) return undefined
  const limit = name.length <= 3 ? 1 : Math.max(2, Math.floor(name.length / 3))
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of known) {
    const found = distance(name.toLowerCase(), candidate.toLowerCase(), limit)
    if (found < bestDistance) {
      best = candidate
      bestDistance = found
    }
  }
  return best
}

const namesOf = (object: ObjectModel, path: string): Iterable<string> => {
  const [first = ''] = path.split('.')
  const field = object.fields.get(first)
  return path !== first && field?.kind === 'composite'
    ? field.parts.map(({ part }) => `${first}.${part.name}`)
    : object.fields.keys()
}

/** What a name was asked for, as the contract's codes have it. */
export type NamedIn =
  | 'INVALID_ARGS_FILTER'
  | 'INVALID_ARGS_ORDER'
  | 'INVALID_ARGS_GROUP_BY'
  | 'INVALID_ARGS_DATA'
  | 'INVALID_ARGS_FIELDS'

/** The sentence that suggests a known name for a mistyped one. */
export const suggestion = (name: string, known: Iterable<string>): { readonly hint?: string } => {
  const near = nearest(name, known)
  return near === undefined ? {} : { hint: `Did you mean "${near}"?` }
}

/**
 * A field that the object does not have: 400, in the contract's words; 403 where the role may not read it.
 */
export const unknownField = (object: ObjectModel, path: string, subCode: NamedIn): Problem =>
  isWithheld(object, path)
    ? deniedFields('read', [{ object, paths: [path] }])
    : new Problem(
        'BAD_USER_INPUT',
        `Object ${object.nameSingular} doesn't have any "${path.slice(0, 100)}" field.`,
        { subCode, isUnknownName: true, ...suggestion(path, namesOf(object, path)) },
      )

/**
 * The vector that Tenantry searches is long and is not answered; one of a table made in SQL is data like any
 * other.
 */
export const isSearchVector = (object: ObjectModel, field: ModelField): boolean =>
  field.kind === 'scalar' && field.type === 'TS_VECTOR' && object.emptyStringForNull
