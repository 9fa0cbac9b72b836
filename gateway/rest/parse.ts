// Parses all parameters of a request, without looking anything up: a RestRequest, or Problem BAD_USER_INPUT.
// routes.ts maps paths and methods to kinds of requests.

import type { Query } from '../http/query.ts'
import { parseGroups } from './groups.ts'
import {
  parseCount,
  parseHistoryPage,
  parseList,
  parseMandatoryFilterOf,
  parseShown,
  type RestRequest,
  type RestRequestOf,
  readFlag,
  type Shown,
} from './restRequest.ts'

/** The names in a path. */
export interface PathNames {
  readonly plural: string
  /** Texts of the record's key, between the commas of its segment; one, empty, if the path has none. */
  readonly key: readonly string[]
  /** Of a change in the record's history; empty if the path has none. */
  readonly position: string
}

type Parse<Kind extends RestRequest['kind']> = (place: PathNames, query: Query) => RestRequestOf<Kind>
type Common = { readonly plural: string; readonly shown: Shown }

const common = ({ plural }: PathNames, query: Query): Common => ({ plural, shown: parseShown(query) })

const findMany: Parse<'findMany'> = (place, query) => ({
  ...common(place, query),
  kind: 'findMany',
  list: parseList(query),
  count: parseCount(query),
})
const findOne: Parse<'findOne'> = (place, query) => ({
  ...common(place, query),
  kind: 'findOne',
  key: place.key,
})
const createOne: Parse<'createOne'> = (place, query) => ({
  ...common(place, query),
  kind: 'createOne',
  isUpsert: readFlag(query, 'upsert'),
})
const createMany: Parse<'createMany'> = (place, query) => ({
  ...common(place, query),
  kind: 'createMany',
  isUpsert: readFlag(query, 'upsert'),
  goesOn: query.get('on_error')?.[0] === 'continue',
})
const updateOne: Parse<'updateOne'> = (place, query) => ({
  ...common(place, query),
  kind: 'updateOne',
  key: place.key,
})
const updateMany: Parse<'updateMany'> = (place, query) => ({
  ...common(place, query),
  kind: 'updateMany',
  filter: parseMandatoryFilterOf(query, 'update'),
})
const deleteOne: Parse<'deleteOne'> = (place, query) => ({
  ...common(place, query),
  kind: 'deleteOne',
  key: place.key,
  isSoft: readFlag(query, 'soft_delete'),
})
const deleteMany: Parse<'deleteMany'> = (place, query) => {
  const isSoft = readFlag(query, 'soft_delete')
  const filter = parseMandatoryFilterOf(query, isSoft ? 'delete' : 'destroy')
  return { ...common(place, query), kind: 'deleteMany', filter, isSoft }
}
const restoreOne: Parse<'restoreOne'> = (place, query) => ({
  ...common(place, query),
  kind: 'restoreOne',
  key: place.key,
})
const restoreMany: Parse<'restoreMany'> = (place, query) => ({
  ...common(place, query),
  kind: 'restoreMany',
  filter: parseMandatoryFilterOf(query, 'restore'),
})

const groupBy: Parse<'groupBy'> = (place, query) => ({
  ...common(place, query),
  kind: 'groupBy',
  groups: parseGroups(query),
})
const duplicates: Parse<'duplicates'> = (place, query) => ({ ...common(place, query), kind: 'duplicates' })
const merge: Parse<'merge'> = (place, query) => ({ ...common(place, query), kind: 'merge' })

const findHistory: Parse<'findHistory'> = (place, query) => ({
  ...common(place, query),
  kind: 'findHistory',
  key: place.key,
  page: parseHistoryPage(query),
})

const eraseHistory: Parse<'eraseHistory'> = (place, query) => ({
  ...common(place, query),
  kind: 'eraseHistory',
  key: place.key,
})
const undoChange: Parse<'undoChange'> = (place, query) => ({
  ...common(place, query),
  kind: 'undoChange',
  key: place.key,
  position: place.position,
})

const PARSERS: { readonly [Kind in RestRequest['kind']]: Parse<Kind> } = {
  findMany,
  findOne,
  createOne,
  createMany,
  updateOne,
  updateMany,
  deleteOne,
  deleteMany,
  restoreOne,
  restoreMany,
  groupBy,
  duplicates,
  merge,
  findHistory,
  eraseHistory,
  undoChange,
}

export const parseRequest = <Kind extends RestRequest['kind']>(
  kind: Kind,
  place: PathNames,
  query: Query,
): RestRequestOf<Kind> => PARSERS[kind](place, query)
