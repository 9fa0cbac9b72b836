// Problems about unknown field names: they suggest the nearest name, or report that the role may not read the
// field.

import type { ModelField, ObjectModel } from '../../../tenants/model/model.ts'
import { SCALARS } from '../../../tenants/model/scalarType.ts'
import { Problem } from '../../error/problem.ts'
import { deniedFields, isWithheld } from './permission.ts'

/** Levenshtein distance; stops once it exceeds `limit`. */
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

/** The known name nearest to a mistyped one, if one is near enough. */
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

/** The purpose of a name, as in the contract's codes. */
type NamedIn =
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

/** An unknown field: 400, in the contract's words; 403 if only the role lacks it. */
export const unknownField = (object: ObjectModel, path: string, subCode: NamedIn): Problem =>
  isWithheld(object, path)
    ? deniedFields('read', [{ object, paths: [path] }])
    : new Problem(
        'BAD_USER_INPUT',
        `Object ${object.nameSingular} doesn't have any "${path.slice(0, 100)}" field.`,
        { subCode, isUnknownName: true, ...suggestion(path, namesOf(object, path)) },
      )

/**
 * The search vector of our own objects is long and not returned; one in a table made in SQL is ordinary data.
 */
export const isSearchVector = (object: ObjectModel, field: ModelField): boolean =>
  field.kind === 'scalar' && SCALARS[field.type].value === 'searchVector' && object.emptyStringForNull
