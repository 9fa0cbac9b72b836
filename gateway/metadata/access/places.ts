// Maps the ids of clients to Postgres and back, for a workspace's whole model: objects to tables, fields to
// columns, because permissions are stored by name of table and column. One column may belong to several
// fields: a foreign key is a relation at both of its ends.

import type { FieldColumn } from '../../../tenants/model/describe/fieldColumns.ts'
import { PermissionRefusal } from '../../../tenants/permission/refusal.ts'
import { derivedUuid } from '../../../tenants/uuid.ts'
import type { WholeModel } from '../model/models.ts'

interface FieldPlace {
  readonly fieldId: string
  readonly objectId: string
  readonly part: string | null
}

export interface Places {
  /** Throws PermissionRefusal. */
  readonly tableOf: (objectId: string) => string
  /** Columns of a field of that object, or of one part of it. Throws PermissionRefusal. */
  readonly columnsOf: (objectId: string, fieldId: string, part: string | null) => readonly FieldColumn[]
  /** All columns of a field, in order. */
  readonly allColumnsOf: (fieldId: string) => readonly FieldColumn[]
  /** Undefined if the model does not show the table. */
  readonly objectIdOf: (table: string) => string | undefined
  /** The field of the table's own object comes first. */
  readonly fieldsAt: (table: string, column: string) => readonly FieldPlace[]
  /** For a column that is gone or not shown, an id without a field. */
  readonly fieldIdAt: (table: string, column: string) => string
}

const objectNotFound = (): PermissionRefusal =>
  new PermissionRefusal('OBJECT_METADATA_NOT_FOUND', 'Object metadata id not found')

const fieldNotFound = (): PermissionRefusal =>
  new PermissionRefusal('FIELD_METADATA_NOT_FOUND', 'Could not find fieldMetadata for given fieldMetadataId')

const keyOf = (table: string, column: string): string => JSON.stringify([table, column])

export const createPlaces = ({ nodes, columns }: WholeModel): Places => {
  const objectIds = new Map(nodes.objects.map(({ table, body }) => [table, body.id]))
  const byColumn = new Map<string, FieldPlace[]>()
  for (const { body, object } of nodes.fields)
    for (const { table, column, part } of columns.get(body.id) ?? []) {
      const places = byColumn.get(keyOf(table, column)) ?? []
      const place = { fieldId: body.id, objectId: object.body.id, part }
      byColumn.set(keyOf(table, column), object.table === table ? [place, ...places] : [...places, place])
    }

  const fieldsAt = (table: string, column: string): readonly FieldPlace[] =>
    byColumn.get(keyOf(table, column)) ?? []

  const columnsOf: Places['columnsOf'] = (objectId, fieldId, part) => {
    if (!nodes.objectById.has(objectId)) throw objectNotFound()
    const field = nodes.fieldById.get(fieldId)
    if (field === undefined || field.object.body.id !== objectId) throw fieldNotFound()
    const all = columns.get(fieldId) ?? []
    const found = part === null ? all : all.filter((column) => column.part === part)
    if (found.length > 0) return found
    throw new PermissionRefusal(
      'FIELD_METADATA_NOT_FOUND',
      part === null
        ? `Field "${field.body.name}" has no column of its own.`
        : `Field "${field.body.name}" has no part "${part}".`,
    )
  }

  const places: Places = {
    tableOf: (objectId) => {
      const object = nodes.objectById.get(objectId)
      if (object === undefined) throw objectNotFound()
      return object.table
    },
    columnsOf,
    allColumnsOf: (fieldId) => columns.get(fieldId) ?? [],
    objectIdOf: (table) => objectIds.get(table),
    fieldsAt,
    fieldIdAt: (table, column) =>
      fieldsAt(table, column)[0]?.fieldId ?? derivedUuid(`column ${keyOf(table, column)}`),
  }
  return Object.freeze(places)
}
