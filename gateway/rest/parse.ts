// What is asked for, every parameter parsed, nothing looked up yet. In: the kind of a request, what its path
// names and its query string; out: a RestRequest, or Problem BAD_USER_INPUT. Not decided here: which path and
// method ask for what (routes.ts).

import { parseGroups } from './groups.ts'
import type { Query } from './query.ts'
import {
  parseFilterOf,
  parseMandatoryFilterOf,
  parseOrderByOf,
  parsePage,
  parseShown,
  type RestRequest,
  readFlag,
  type Shown,
} from './request.ts'

/** What a path names. */
export interface Place {
  readonly plural: string
  /** The record's key as it was sent, still percent-encoded; empty where the path names none. */
  readonly key: string
}

type Parse = (place: Place, query: Query) => RestRequest
type Common = { readonly plural: string; readonly shown: Shown }

const common = ({ plural }: Place, query: Query): Common => ({ plural, shown: parseShown(query) })

const findMany: Parse = (place, query) => ({
  ...common(place, query),
  kind: 'findMany',
  filter: parseFilterOf(query),
  orderBy: parseOrderByOf(query),
  page: parsePage(query),
})
const findOne: Parse = (place, query) => ({ ...common(place, query), kind: 'findOne', key: place.key })
const createOne: Parse = (place, query) => ({
  ...common(place, query),
  kind: 'createOne',
  isUpsert: readFlag(query, 'upsert'),
})
const createMany: Parse = (place, query) => ({
  ...common(place, query),
  kind: 'createMany',
  isUpsert: readFlag(query, 'upsert'),
  goesOn: query.get('on_error')?.[0] === 'continue',
})
const updateOne: Parse = (place, query) => ({ ...common(place, query), kind: 'updateOne', key: place.key })
const updateMany: Parse = (place, query) => ({
  ...common(place, query),
  kind: 'updateMany',
  filter: parseMandatoryFilterOf(query, 'update'),
})
const deleteOne: Parse = (place, query) => ({
  ...common(place, query),
  kind: 'deleteOne',
  key: place.key,
  isSoft: readFlag(query, 'soft_delete'),
})
const deleteMany: Parse = (place, query) => {
  const isSoft = readFlag(query, 'soft_delete')
  const filter = parseMandatoryFilterOf(query, isSoft ? 'delete' : 'destroy')
  return { ...common(place, query), kind: 'deleteMany', filter, isSoft }
}
const restoreOne: Parse = (place, query) => ({ ...common(place, query), kind: 'restoreOne', key: place.key })
const restoreMany: Parse = (place, query) => ({
  ...common(place, query),
  kind: 'restoreMany',
  filter: parseMandatoryFilterOf(query, 'restore'),
})

const groupBy: Parse = (place, query) => ({
  ...common(place, query),
  kind: 'groupBy',
  groups: parseGroups(query),
})
const duplicates: Parse = (place, query) => ({ ...common(place, query), kind: 'duplicates' })
const merge: Parse = (place, query) => ({ ...common(place, query), kind: 'merge' })

const PARSERS: Readonly<Record<RestRequest['kind'], Parse>> = {
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
}

export const parseRequest = (kind: RestRequest['kind'], place: Place, query: Query): RestRequest =>
  PARSERS[kind](place, query)
