// The rows of the record API: paths and methods by kind of request. Read by the router, by OpenAPI and, for
// `Allow`, by the handlers. The first matching row wins, so our own words (`batch`, `restore`) take
// precedence over an equal record key; such a key can still be reached percent-encoded.

import { METHODS, type Method, type RouteRow } from '../http/context.ts'
import type { RestRequest } from './restRequest.ts'

/** The kind of request. */
export type RequestKind = RestRequest['kind']

export interface RecordRow extends RouteRow<RequestKind> {
  /** An alternative spelling of a later row. */
  readonly isAlias?: true
}

export const REST_ROOT = '/rest'

const reading = (kind: RequestKind): RecordRow['methods'] => ({ GET: kind, HEAD: kind })
const changing = (kind: RequestKind): RecordRow['methods'] => ({ PATCH: kind, PUT: kind })

export const RECORD_ROWS: readonly RecordRow[] = [
  { pattern: '/rest/batch/{plural}', methods: { POST: 'createMany' } },
  { pattern: '/rest/restore/{plural}', methods: changing('restoreMany'), isAlias: true },
  { pattern: '/rest/restore/{plural}/{key}', methods: changing('restoreOne'), isAlias: true },
  { pattern: '/rest/{plural}/restore', methods: changing('restoreMany') },
  { pattern: '/rest/{plural}/{key}/restore', methods: changing('restoreOne') },
  { pattern: '/rest/{plural}/{key}/history', methods: { ...reading('findHistory'), DELETE: 'eraseHistory' } },
  { pattern: '/rest/{plural}/{key}/history/{position}/undo', methods: { POST: 'undoChange' } },
  { pattern: '/rest/{plural}/groupBy', methods: reading('groupBy') },
  { pattern: '/rest/{plural}/duplicates', methods: { POST: 'duplicates' } },
  { pattern: '/rest/{plural}/merge', methods: changing('merge') },
  {
    pattern: '/rest/{plural}',
    methods: {
      ...reading('findMany'),
      POST: 'createOne',
      ...changing('updateMany'),
      DELETE: 'deleteMany',
    },
  },
  {
    pattern: '/rest/{plural}/{key}',
    methods: { ...reading('findOne'), ...changing('updateOne'), DELETE: 'deleteOne' },
  },
]

export interface RestOperation {
  readonly kind: RequestKind
  readonly method: Method
  /** Below `/rest`. */
  readonly pattern: string
}

/** Methods equivalent to another one. */
const TWINS: readonly Method[] = ['HEAD', 'PUT']

/** Each kind of request once: without aliases, HEAD (as GET) and PUT (as PATCH). */
export const REST_OPERATIONS: readonly RestOperation[] = RECORD_ROWS.filter(
  ({ isAlias }) => isAlias !== true,
).flatMap(({ pattern, methods }) =>
  METHODS.flatMap((method) => {
    const kind = methods[method]
    if (kind === undefined || TWINS.includes(method)) return []
    return [{ kind, method, pattern: pattern.slice(REST_ROOT.length + 1) }]
  }),
)

/** Whether the object of a plural supports such requests. */
export type Takes = (plural: string, kind: RequestKind) => boolean

/** The `Allow` methods of a row, limited to what the object supports. */
export const allowedMethods = ({ methods }: RecordRow, plural: string, takes: Takes): readonly Method[] =>
  METHODS.filter((method) => {
    if (method === 'OPTIONS') return true
    const kind = methods[method]
    return kind !== undefined && takes(plural, kind)
  })
