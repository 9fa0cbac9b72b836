// Parses query strings and path segments of /rest/metadata/objects and /fields. Unknown parameters are
// ignored. rest.ts looks the things up.

import type { ChangeOptions } from '../../../tenants/model/change/check/input.ts'
import { isUuid } from '../../../tenants/uuid.ts'
import { badInput, Problem } from '../../error/problem.ts'
import { decodePercent, type Query } from '../../http/query.ts'
import { unsupported } from '../../unsupported.ts'
import type { Bounds } from '../connectionPage.ts'
import { METADATA_ROOT } from '../paths.ts'

export type Collection = 'objects' | 'fields'

/** Filters of a list; an absent one matches everything. */
export interface Conditions {
  readonly objectMetadataId: string | undefined
  readonly isActive: boolean | undefined
}

export interface MetadataListRequest {
  readonly bounds: Bounds
  readonly conditions: Conditions
}

export const DEFAULT_METADATA_LIMIT = 60
export const MAX_METADATA_LIMIT = 1000
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
  if (limit === undefined || limit === '') return DEFAULT_METADATA_LIMIT
  if (/^\d{1,9}$/.test(limit)) return Math.min(Number(limit), MAX_METADATA_LIMIT)
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

/** @param query of a request for a list */
export const parseMetadataList = (query: Query, collection: Collection): MetadataListRequest => ({
  bounds: boundsOf(query),
  conditions: conditionsOf(query, collection),
})

const isSet = (query: Query, name: string): boolean => query.get(name)?.[0] === 'true'

/** How a change is made. */
export const modelChangeOptions = (query: Query): ChangeOptions => ({
  dryRun: isSet(query, 'dry_run'),
  allowRewrite: isSet(query, 'allow_rewrite'),
})

/** @param segment of a path, still percent-encoded */
export const keyOf = (segment: string): string => {
  const key = decodePercent(segment)
  if (isUuid(key)) return key.toLowerCase()
  if (NAME.test(key)) return key
  throw badInput(`'${key.slice(0, 100)}' is neither an id nor a name`)
}

export const tooLongPath = (path: string): Problem =>
  badInput(
    `Query path '${path.slice(0, 200 + METADATA_ROOT.length)}' invalid. Valid example: ${METADATA_ROOT}/objects/id`,
  )

/** @param path of an unknown collection */
export const unknownCollection = (path: string): Problem => {
  const [name = ''] = path
    .slice(METADATA_ROOT.length)
    .split('/')
    .filter((part) => part !== '')
  const asked = name.slice(0, 100)
  const reason = unsupported(asked)
  return new Problem(
    'NOT_FOUND',
    `There is nothing at ${METADATA_ROOT}/${asked}.${reason === null ? '' : ` ${reason}`}`,
    {
      hint: `There are ${['objects', 'fields', 'apiKeys', 'roles'].map((each) => `${METADATA_ROOT}/${each}`).join(', ')}; everything else is at /metadata.`,
    },
  )
}
