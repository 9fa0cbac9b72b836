// Names that a request gets wrong. In: an object and the name asked for; out: a Problem that says what would have been right, or that
// the field is not for this role to read.

import type { ObjectModel } from '../../tenants/model/model.ts'
import { Problem } from '../problem.ts'
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

const suggestion = (object: ObjectModel, path: string): string => {
  const near = nearest(path, namesOf(object, path))
  return near === undefined ? '' : ` Did you mean "${near}"?`
}

const message = (object: ObjectModel, path: string): string =>
  `Object ${object.nameSingular} doesn't have any "${path.slice(0, 100)}" field.${suggestion(object, path)}`

/** A path in a filter, an order or a selection that leads nowhere: 404; 403 where it leads to what the role may not read. */
export const unknownField = (object: ObjectModel, path: string): Problem =>
  isWithheld(object, path)
    ? deniedFields('read', [{ object, paths: [path] }])
    : new Problem('NOT_FOUND', message(object, path), { subCode: 'FIELD_NOT_FOUND' })

/** A key of a record to write, or to connect, that the object does not have: 400; 403 where the role may not read it. */
export const unknownKey = (object: ObjectModel, path: string): Problem =>
  isWithheld(object, path)
    ? deniedFields('read', [{ object, paths: [path] }])
    : new Problem('BAD_USER_INPUT', message(object, path), { subCode: 'INVALID_ARGS_DATA' })
