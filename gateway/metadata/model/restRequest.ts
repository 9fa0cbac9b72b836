// HTTP under /rest/metadata → what is asked for. In: method, path and query string; out: the request, nothing looked up yet. Parameters
// that nobody knows are ignored. Not decided here: whether the thing exists (rest.ts).

import { isUuid } from '../../../tenants/uuid.ts'
import { badInput, methodNotAllowed, Problem } from '../../error/problem.ts'
import { leftOut } from '../../leftOut.ts'
import { decodePercent, parseQuery, type Query } from '../../rest/query.ts'
import type { Bounds } from '../page.ts'

export type Collection = 'objects' | 'fields'

/** What things of a list are to be; what is not said holds of all of them. */
export interface Conditions {
  readonly objectMetadataId: string | undefined
  readonly isActive: boolean | undefined
}

export type MetadataRequest = { readonly collection: Collection; readonly isDryRun: boolean } & (
  | { readonly kind: 'findMany'; readonly bounds: Bounds; readonly conditions: Conditions }
  | { readonly kind: 'createOne' }
  | { readonly kind: 'findOne' | 'updateOne' | 'deleteOne'; readonly key: string }
)

export const METADATA_ROOT = '/rest/metadata'

export const DEFAULT_LIMIT = 60
export const MAX_LIMIT = 1000
const COLLECTION_METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS']
const ONE_METHODS = ['GET', 'HEAD', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']
/** An id, an object by either of its names, or a field as `object.field`. */
const NAME = /^[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)?$/

const idOf = (query: Query, name: string): string | undefined => {
  const id = query.get(name)?.[0]
  if (id === undefined || id === '') return undefined
  if (isUuid(id)) return id.toLowerCase()
  throw badInput(`${name} '${id.slice(0, 100)}' is invalid. Should be an id`)
}

const limitOf = (query: Query): number => {
  const limit = query.get('limit')?.[0]
  if (limit === undefined || limit === '') return DEFAULT_LIMIT
  if (/^\d{1,9}$/.test(limit)) return Math.min(Number(limit), MAX_LIMIT)
  throw badInput(`limit '${limit.slice(0, 100)}' is invalid. Should be an integer`)
}

const boundsOf = (query: Query): Bounds => {
  const after = idOf(query, 'starting_after')
  const before = idOf(query, 'ending_before')
  if (after !== undefined && before !== undefined)
    throw badInput("'starting_after' and 'ending_before' cannot be used together.")
  return { after, before, limit: limitOf(query), isFromEnd: before !== undefined }
}

const conditionsOf = (query: Query, collection: Collection): Conditions => {
  const isActive = query.get('isActive')?.[0] || undefined
  if (isActive !== undefined && isActive !== 'true' && isActive !== 'false')
    throw badInput(`isActive '${isActive.slice(0, 100)}' is invalid. Should be true or false`)
  return {
    objectMetadataId: collection === 'fields' ? idOf(query, 'objectMetadataId') : undefined,
    isActive: isActive === undefined ? undefined : isActive === 'true',
  }
}

const collectionOf = (name: string | undefined): Collection => {
  if (name === 'objects' || name === 'fields') return name
  const asked = (name ?? '').slice(0, 100)
  const reason = leftOut(asked)
  throw new Problem(
    'NOT_FOUND',
    `There is nothing at ${METADATA_ROOT}/${asked}.${reason === null ? '' : ` ${reason}`}`,
    {
      hint: `There are ${['objects', 'fields', 'apiKeys', 'roles'].map((each) => `${METADATA_ROOT}/${each}`).join(', ')}; everything else is at /metadata.`,
    },
  )
}

const keyOf = (segment: string): string => {
  if (isUuid(segment)) return segment.toLowerCase()
  if (NAME.test(segment)) return segment
  throw badInput(`'${segment.slice(0, 100)}' is neither an id nor a name`)
}

/** @param path what follows `/rest/metadata`, still percent-encoded */
export const parseMetadataRequest = (method: string, path: string, search: string): MetadataRequest => {
  const [head, segment, ...rest] = path.split('/').filter((part) => part !== '')
  const collection = collectionOf(head)
  if (rest.length > 0)
    throw badInput(
      `Query path '${METADATA_ROOT}${path.slice(0, 200)}' invalid. Valid example: ${METADATA_ROOT}/objects/id`,
    )
  const query = parseQuery(search)
  const common = { collection, isDryRun: query.get('dry_run')?.[0] === 'true' }
  if (segment === undefined) {
    if (method === 'GET' || method === 'HEAD')
      return {
        ...common,
        kind: 'findMany',
        bounds: boundsOf(query),
        conditions: conditionsOf(query, collection),
      }
    if (method === 'POST') return { ...common, kind: 'createOne' }
    throw methodNotAllowed(method, COLLECTION_METHODS)
  }
  const key = keyOf(decodePercent(segment))
  switch (method) {
    case 'GET':
    case 'HEAD':
      return { ...common, kind: 'findOne', key }
    case 'PATCH':
    case 'PUT':
      return { ...common, kind: 'updateOne', key }
    case 'DELETE':
      return { ...common, kind: 'deleteOne', key }
    default:
      throw methodNotAllowed(method, ONE_METHODS)
  }
}
