// The routes under `/rest`: which path and method ask for what. In: a path; out: for each method it allows, how the request is
// parsed. The table is read from top to bottom and the first pattern that fits decides, so a word of ours (`batch`,
// `restore`) wins over a record's key that is spelt alike; such a key is still reached percent-encoded.

import { parseGroups } from './groups.ts'
import { decodePercent, type Query } from './query.ts'
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

type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'] as const

/** What is asked for. */
export type RequestKind = RestRequest['kind']

const PARSERS: Readonly<Record<RequestKind, Parse>> = {
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

interface Route {
  readonly pattern: string
  readonly methods: Readonly<Partial<Record<Method, RequestKind>>>
  /** Another spelling of a route that stands below it. */
  readonly isAlias?: true
}

const reading = (kind: RequestKind): Route['methods'] => ({ GET: kind, HEAD: kind })
const changing = (kind: RequestKind): Route['methods'] => ({ PATCH: kind, PUT: kind })

/** `{plural}` and `{key}` stand for one segment each, everything else for itself. */
const ROUTES: readonly Route[] = [
  { pattern: 'batch/{plural}', methods: { POST: 'createMany' } },
  { pattern: 'restore/{plural}', methods: changing('restoreMany'), isAlias: true },
  { pattern: 'restore/{plural}/{key}', methods: changing('restoreOne'), isAlias: true },
  { pattern: '{plural}/restore', methods: changing('restoreMany') },
  { pattern: '{plural}/{key}/restore', methods: changing('restoreOne') },
  { pattern: '{plural}/groupBy', methods: reading('groupBy') },
  { pattern: '{plural}/duplicates', methods: { POST: 'duplicates' } },
  { pattern: '{plural}/merge', methods: changing('merge') },
  {
    pattern: '{plural}',
    methods: {
      ...reading('findMany'),
      POST: 'createOne',
      ...changing('updateMany'),
      DELETE: 'deleteMany',
    },
  },
  {
    pattern: '{plural}/{key}',
    methods: { ...reading('findOne'), ...changing('updateOne'), DELETE: 'deleteOne' },
  },
]

export interface Operation {
  readonly kind: RequestKind
  readonly method: Method
  readonly pattern: string
}

/** Methods that ask for what another one asks for. */
const TWINS: readonly string[] = ['HEAD', 'PUT']

/** Each thing that can be asked for, once: without aliases, HEAD (as GET) and PUT (as PATCH). */
export const OPERATIONS: readonly Operation[] = ROUTES.filter(({ isAlias }) => isAlias !== true).flatMap(
  ({ pattern, methods }) =>
    ALL_METHODS.flatMap((method) => {
      if (method === 'OPTIONS' || TWINS.includes(method)) return []
      const kind = methods[method]
      return kind === undefined ? [] : [{ kind, method, pattern }]
    }),
)

interface Matched {
  readonly place: Place
  readonly route: Route
}

const PATTERNS = ROUTES.map((route) => ({ route, words: route.pattern.split('/') }))

const placeOf = (words: readonly string[], segments: readonly string[]): Place | null => {
  if (words.length !== segments.length) return null
  let plural = ''
  let key = ''
  for (const [index, word] of words.entries()) {
    const segment = segments[index] ?? ''
    if (word === '{plural}') plural = decodePercent(segment)
    else if (word === '{key}') key = segment
    else if (word !== segment) return null
  }
  return { plural, key }
}

/** @param path what follows `/rest`, still percent-encoded */
export const matchRoute = (path: string): Matched | null => {
  const segments = path.split('/').filter((segment) => segment !== '')
  for (const { route, words } of PATTERNS) {
    const place = placeOf(words, segments)
    if (place !== null) return { place, route }
  }
  return null
}

/** Whether the object of a plural takes such requests. */
export type Takes = (plural: string, kind: RequestKind) => boolean

/** What `Allow` says of a path: methods in the order of a reader's expectation. */
export const allowedMethods = (path: string, takes: Takes = () => true): readonly string[] => {
  const matched = matchRoute(path)
  if (matched === null) return ALL_METHODS
  const { place, route } = matched
  return ALL_METHODS.filter((method) => {
    if (method === 'OPTIONS') return true
    const kind = route.methods[method]
    return kind !== undefined && takes(place.plural, kind)
  })
}

/** The route's pattern, for the access log. */
export const routePattern = (path: string): string => matchRoute(path)?.route.pattern ?? path

export const parseFor = ({ methods }: Route, method: string): Parse | undefined => {
  const kind = Object.entries(methods).find(([name]) => name === method)?.[1]
  return kind && PARSERS[kind]
}
