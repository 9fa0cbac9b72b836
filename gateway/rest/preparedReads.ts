// Prepared reads: a GET with the query string of an earlier one runs the statement compiled for it, or throws
// the Problem that refused it. The key in the path is a parameter, so it is not part of the prepared read. A
// prepared read lives as long as its role model.

import type { CountMode } from '../../tenants/model/countMode.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { createOwnedCache } from '../cache/ownedCache.ts'
import { parseQuery } from '../http/query.ts'
import { checkObject } from '../records/model/permission.ts'
import type { ListStatements } from '../records/select/listStatements.ts'
import { checkFields } from './fields.ts'
import { type PathNames, parseRequest } from './parse.ts'
import { findObject } from './plan.ts'
import { type PreparedRead, prepareFindMany, prepareFindOne, prepareGroupBy } from './reads.ts'
import type { RestRequest, RestRequestOf } from './restRequest.ts'

/** Measured: a read whose plan is that of its object, and one with a plan of its own. */
const SHARED = { bytes: 2_000, bytesPerCharacter: 2 }
const OWN = { bytes: 4_000, bytesPerCharacter: 9 }

export type ReadKind = 'findMany' | 'findOne' | 'groupBy'

type Prepare<Kind extends ReadKind> = (
  model: Model,
  object: ObjectModel,
  request: RestRequestOf<Kind>,
  count: CountMode,
  lists: ListStatements,
) => PreparedRead

const PREPARE: { readonly [Kind in ReadKind]: Prepare<Kind> } = {
  findMany: prepareFindMany,
  findOne: prepareFindOne,
  groupBy: prepareGroupBy,
}

export const isReadKind = (kind: RestRequest['kind']): kind is ReadKind => Object.hasOwn(PREPARE, kind)

/** A selection of fields has a plan of its own, a whole record that of its object. */
const bytesOf = (key: string, { text, values }: PreparedRead, { kind, shown }: RestRequest): number => {
  const { bytes, bytesPerCharacter } = kind === 'groupBy' || shown.fields !== null ? OWN : SHARED
  const characters = values.reduce((sum, value) => sum + (value?.length ?? 0), key.length + text.length)
  return bytes + bytesPerCharacter * characters
}

/**
 * @param count how totals are found, unless the query string names it
 * @param onObject is called with the object before anything about it is refused
 */
type FindRead = <Kind extends ReadKind>(
  model: Model,
  kind: Kind,
  place: PathNames,
  search: string,
  count: CountMode,
  onObject: (object: ObjectModel) => void,
) => PreparedRead

export const createPreparedReads = (budget: CacheBudget, lists: ListStatements): FindRead => {
  const kept = createOwnedCache<ObjectModel, PreparedRead>(budget, { name: 'prepared reads' })
  return (model, kind, place, search, count, onObject) => {
    const key = `${kind}${kind === 'findMany' ? ` ${count}` : ''}?${search}`
    const named = model.byPlural.get(place.plural)
    const known = named && kept.get(named, key)
    if (known !== undefined) {
      onObject(known.object)
      return known
    }
    const request = parseRequest(kind, place, parseQuery(search))
    const asked: RestRequest = request
    const object = findObject(model, place.plural)
    onObject(object)
    checkObject('read', object)
    if (asked.shown.fields !== null) checkFields(object, asked.shown.fields)
    const read = PREPARE[kind](model, object, request, count, lists)
    kept.set(object, key, read, bytesOf(key, read, asked))
    return read
  }
}
