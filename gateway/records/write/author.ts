// The writer of records, for `createdBy` and `updatedBy`.

import type { ActorSource } from '../../../tenants/model/compositeType.ts'
import type { Column, ObjectModel } from '../../../tenants/model/model.ts'
import { may, wholeOf } from '../model/permission.ts'
import { type BoundValues, textValue } from './boundValue.ts'

export interface Author {
  readonly source: ActorSource
  readonly name: string
  readonly workspaceMemberId: string | null
  /** Of the workspace: the quota that keeps the writer from creating records. */
  readonly quotaReached?: string
}

/** A column of an ACTOR that the server fills. */
interface AuthorColumn {
  readonly column: Column
  readonly textOf: (author: Author) => string | null
}

type AuthorPrefix = 'created_by' | 'updated_by'

const AUTHOR_PARTS: readonly [string, AuthorColumn['textOf']][] = [
  ['source', ({ source }) => source],
  ['workspace_member_id', ({ workspaceMemberId }) => workspaceMemberId],
  ['name', ({ name }) => name],
]

const authorColumns = new WeakMap<ObjectModel, Map<string, readonly AuthorColumn[]>>()

const makeAuthorColumns = (
  object: ObjectModel,
  prefix: AuthorPrefix,
  act: 'create' | 'update',
): readonly AuthorColumn[] =>
  AUTHOR_PARTS.flatMap(([suffix, textOf]) => {
    const column = wholeOf(object).columns.get(`${prefix}_${suffix}`)
    return column !== undefined && may(object, act, column.name) ? [{ column, textOf }] : []
  })

const authorColumnsOf = (
  object: ObjectModel,
  prefix: AuthorPrefix,
  act: 'create' | 'update',
): readonly AuthorColumn[] => {
  const key = act === 'create' ? prefix : `${prefix} ${act}`
  const made = authorColumns.get(object) ?? new Map<string, readonly AuthorColumn[]>()
  authorColumns.set(object, made)
  const columns = made.get(key) ?? makeAuthorColumns(object, prefix, act)
  made.set(key, columns)
  return columns
}

/**
 * Columns of an ACTOR that the server fills, if the object is ours, the column exists and the role may write
 * it: a restricted role can still write the record.
 */
export const authorValues = (
  object: ObjectModel,
  author: Author,
  act: 'create' | 'update',
  ...prefixes: readonly AuthorPrefix[]
): BoundValues => {
  const bound: BoundValues = new Map()
  if (!object.emptyStringForNull) return bound
  for (const prefix of prefixes)
    for (const { column, textOf } of authorColumnsOf(object, prefix, act))
      bound.set(column.name, textValue(column, textOf(author)))
  return bound
}
