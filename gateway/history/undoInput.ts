// What undoes a change: the values of the record before it, as the input of a write.

import { isRecord } from '../../tenants/model/json.ts'
import type { ModelField, ObjectModel } from '../../tenants/model/model.ts'
import { keepSpelling } from '../../tenants/model/value/exactNumber.ts'
import { changedColumns, type Image, imageText, storedText } from '../changes/image.ts'
import type { Change, ShownChange } from '../changes/shown.ts'
import { Problem } from '../error/problem.ts'
import { may, wholeOf } from '../records/model/permission.ts'
import type { Undo } from '../records/recordHistory.ts'

type Data = Record<string, unknown>

/** Fields of our own tables that each write sets by itself. */
const AUTOMATIC: readonly string[] = ['createdAt', 'updatedAt', 'deletedAt', 'createdBy', 'updatedBy']

const refused = (message: string, hint?: string): Problem =>
  new Problem('BAD_USER_INPUT', message, { subCode: 'CANNOT_UNDO', ...(hint === undefined ? {} : { hint }) })

const isGiven = (object: ObjectModel, { name }: ModelField): boolean =>
  !(object.emptyStringForNull && AUTOMATIC.includes(name))

/** Values of a record for these columns, by the names of fields; of composites the parts alone. */
const dataOf = (object: ObjectModel, record: Data, has: (column: string) => boolean): Data => {
  const data: Data = {}
  for (const field of object.fields.values()) {
    if (!isGiven(object, field)) continue
    if (field.kind === 'scalar' && has(field.column.name)) data[field.name] = record[field.name]
    if (field.kind !== 'composite') continue
    const value = record[field.name]
    const parts = field.parts.filter(({ column }) => has(column.name))
    if (parts.length > 0 && isRecord(value))
      data[field.name] = Object.fromEntries(parts.map(({ part }) => [part.name, value[part.name]]))
  }
  return data
}

const columnsOf = (object: ObjectModel, has: (column: string) => boolean): readonly string[] =>
  [...object.fields.values()].flatMap((field) => {
    if (!isGiven(object, field)) return []
    if (field.kind === 'scalar') return has(field.column.name) ? [field.column.name] : []
    return field.kind === 'composite'
      ? field.parts.flatMap(({ column }) => (has(column.name) ? [column.name] : []))
      : []
  })

const recordOf = (text: string | null): Data => {
  const value: unknown =
    text === null ? null : JSON.parse(text, (_, each, { source }) => keepSpelling(each, source))
  return isRecord(value) ? { ...value } : {}
}

const undoUpdate = ({ object, before, after }: Change, record: Data): Undo => {
  if (before === null || after === null)
    throw refused('The role may not read the replaced values, so the change cannot be undone')
  const changed = changedColumns(before, after)
  const isRestored = (column: string): boolean =>
    changed.has(column) && wholeOf(object).columns.get(column)?.writable === true
  const columns = columnsOf(object, isRestored)
  if (columns.length === 0) throw refused('The change has no writable field')
  return { kind: 'update', data: dataOf(object, record, isRestored), image: imageText(after), columns }
}

/** @param record JSON of the record before the change; null if there is none */
export const undoOf = ({ row, entry, change }: ShownChange, record: string | null): Undo => {
  if (change === null || !row.isComplete)
    throw refused('The values of this change are not kept, or not visible, so it cannot be undone')
  const { object } = change
  const isWritten = (column: string): boolean =>
    wholeOf(object).columns.get(column)?.writable === true && may(object, 'create', column)
  switch (entry.operation) {
    case 'created':
      if (object.softDelete === null)
        throw refused(
          `Records of ${object.nameSingular} have no trash, so a creation cannot be undone`,
          'Delete the record.',
        )
      return { kind: 'delete' }
    case 'deleted':
      return { kind: 'restore' }
    case 'restored':
      return { kind: 'delete' }
    case 'destroyed':
      return { kind: 'create', data: dataOf(object, recordOf(record), isWritten), key: new Map() }
    case 'updated':
      return undoUpdate(change, recordOf(record))
    default:
      throw refused(`A change of the kind "${entry.operation}" cannot be undone`)
  }
}

/** @param columns of the key that the database would generate; null: the record could have another key */
export const withKey = (
  { nameSingular }: ObjectModel,
  undo: Extract<Undo, { kind: 'create' }>,
  columns: readonly string[] | null,
  image: Image,
): Undo => {
  if (columns === null)
    throw refused(`The role may not write the id of a ${nameSingular}, so it cannot be created again`)
  return { ...undo, key: new Map(columns.map((column) => [column, storedText(image, column) ?? ''])) }
}
