// A change of the log in the API's terms: its operation, the id of its record and its changed fields.
// visibility.ts decides which images the caller may see.

import type { FeedRow } from '../../tenants/changes/feed.ts'
import { pathIdOf } from '../../tenants/changes/recordId.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { SCALARS } from '../../tenants/model/scalarType.ts'
import { wholeOf } from '../records/model/permission.ts'
import { scalarOf } from '../records/read/key.ts'
import { changedColumns, type Image, storedText } from './image.ts'

export const CHANGE_OPERATIONS = [
  'created',
  'updated',
  'deleted',
  'restored',
  'destroyed',
  'removed',
  'truncated',
] as const
export type ChangeOperation = (typeof CHANGE_OPERATIONS)[number]

/** A change with its images by present column names; null for an image that it has not. */
export interface ReadChange {
  readonly row: FeedRow
  readonly object: ObjectModel
  readonly before: Image | null
  readonly after: Image | null
}

const BY_ROW = { i: 'created', u: 'updated', d: 'destroyed', t: 'truncated' } as const

export const changeOperationOf = ({ row, object, before, after }: ReadChange): ChangeOperation => {
  if (row.operation === 's') return BY_ROW[row.statement ?? 'u']
  const { softDelete } = wholeOf(object)
  if (row.operation !== 'u' || softDelete === null || !row.isComplete) return BY_ROW[row.operation]
  const [was, is] = [before, after].map(
    (image) => image !== null && storedText(image, softDelete.name) !== null,
  )
  return was === is ? 'updated' : is ? 'deleted' : 'restored'
}

/** A path has JSON for the value of a JSON column, text for others. Null: the image lacks it. */
const keyPart = (object: ObjectModel, image: Image, column: string): string | null => {
  const type = scalarOf(object, column)?.type
  const isJson = type !== undefined && SCALARS[type].isJson === true
  return isJson ? (image.get(column) ?? null) : storedText(image, column)
}

/** As `/rest/{plural}/{id}` takes it. Null: the role cannot read the key, or the image lacks it. */
export const recordIdOf = ({ object, before, after }: Omit<ReadChange, 'row'>): string | null => {
  const image = after ?? before
  const { key } = wholeOf(object)
  if (image === null || key.length === 0 || object.key.length < key.length) return null
  const parts = key.flatMap((column) => keyPart(object, image, column) ?? [])
  return parts.length < key.length ? null : pathIdOf(parts)
}

/** Fields that the role can read and whose stored values differ, in the order of the object. */
export const changedFieldsOf = ({ object, before, after }: ReadChange): readonly string[] => {
  if (before === null || after === null) return []
  const changed = changedColumns(before, after)
  const { softDelete } = object
  return [...object.fields.values()].flatMap((field) => {
    if (field.kind === 'toOne' || field.kind === 'toMany') return []
    const columns = field.kind === 'scalar' ? [field.column] : field.parts.map(({ column }) => column)
    const isShown = columns.some(
      ({ name, writable }) => changed.has(name) && (writable || name === softDelete?.name),
    )
    return isShown ? [field.name] : []
  })
}

/** Fields that change with every write. A change of these alone is not reported. */
const SILENT: readonly string[] = ['updatedAt', 'updatedBy']

/** Whether an update changed more than a caller of this role has to know. */
export const isReported = (changedFields: readonly string[]): boolean =>
  changedFields.some((name) => !SILENT.includes(name))
