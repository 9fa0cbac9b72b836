// The rows of the record API: which path and method ask for what. Read by the router, by OpenAPI and, for
// `Allow`, by the handlers. The first row that fits a path decides, so a word of ours (`batch`, `restore`)
// wins over a record's key that is spelt alike; such a key is still reached percent-encoded.

import { METHODS, type Method, type Row } from '../http/context.ts'
import type { RestRequest } from './request.ts'

/** What is asked for. */
export type RequestKind = RestRequest['kind']

export interface RecordRow extends Row<RequestKind> {
  /** Another spelling of a row that stands below it. */
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

export interface Operation {
  readonly kind: RequestKind
  readonly method: Method
  /** Below `/rest`. */
  readonly pattern: string
}

/** Methods that ask for what another one asks for. */
const TWINS: readonly Method[] = ['HEAD', 'PUT']

/** Each thing that can be asked for, once: without aliases, HEAD (as GET) and PUT (as PATCH). */
export const OPERATIONS: readonly Operation[] = RECORD_ROWS.filter(({ isAlias }) => isAlias !== true).flatMap(
  ({ pattern, methods }) =>
    METHODS.flatMap((method) => {
      const kind = methods[method]
      if (kind === undefined || TWINS.includes(method)) return []
      return [{ kind, method, pattern: pattern.slice(REST_ROOT.length + 1) }]
    }),
)

/** Whether the object of a plural takes such requests. */
export type Takes = (plural: string, kind: RequestKind) => boolean

/** What `Allow` lists for a row, of which an object may not take everything. */
export const allowedMethods = ({ methods }: RecordRow, plural: string, takes: Takes): readonly Method[] =>
  METHODS.filter((method) => {
    if (method === 'OPTIONS') return true
    const kind = methods[method]
    return kind !== undefined && takes(plural, kind)
  })
