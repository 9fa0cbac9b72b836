// The data model as one role sees it: what it may read, write and ask for. In: a model and the role's permissions; out: for every
// object that is not closed to it the readable and the writable fields and the kinds of requests. For documents: Postgres is the lock.

import type { Model, ModelField, ObjectModel } from '../../tenants/model/model.ts'
import type { Columns, Permissions, TablePermissions } from '../../tenants/permission/permissions.ts'
import { hasCriteria } from '../query/duplicates.ts'
import { scalarOf } from '../query/key.ts'
import { isWritable } from '../rest/plan.ts'
import { OPERATIONS, type RequestKind } from '../rest/routes.ts'

export interface ObjectView {
  /** With the fields that the role may read. */
  readonly object: ObjectModel
  /** Fields that a new record may be given. */
  readonly creatable: readonly ModelField[]
  readonly updatable: readonly ModelField[]
  readonly kinds: ReadonlySet<RequestKind>
  readonly canUpsert: boolean
  readonly canSoftDelete: boolean
  readonly canDestroy: boolean
}

export interface ModelView {
  readonly objects: readonly ObjectView[]
  readonly byTable: ReadonlyMap<string, ObjectView>
}

const holds = (columns: Columns, name: string): boolean => columns === 'all' || columns.has(name)

/** The field as far as these columns go; null where nothing of it is left. */
const within = (field: ModelField, isIn: (column: string) => boolean): ModelField | null => {
  switch (field.kind) {
    case 'scalar':
      return isIn(field.column.name) ? field : null
    case 'composite': {
      const parts = field.parts.filter(({ column }) => isIn(column.name))
      return parts.length === 0 ? null : { ...field, parts }
    }
    case 'toOne':
      return field.columns.every(isIn) ? field : null
    case 'toMany':
      return null
  }
}

const readableField = (
  field: ModelField,
  own: TablePermissions,
  permissions: Permissions,
): ModelField | null => {
  const isIn = (column: string): boolean => holds(own.readableColumns, column)
  if (field.kind === 'scalar' || field.kind === 'composite') return within(field, isIn)
  const other = permissions.objects.get(field.target)
  const isReadable =
    other !== undefined &&
    field.columns.every(isIn) &&
    field.targetColumns.every((column) => holds(other.readableColumns, column))
  return isReadable ? field : null
}

const writableFields = (object: ObjectModel, columns: Columns): ModelField[] => {
  const isIn = (name: string): boolean => holds(columns, name) && object.columns.get(name)?.writable === true
  return [...object.fields.values()].flatMap((field) => within(field, isIn) ?? [])
}

/** Whether the role can say which record it means. */
const isNameable = (object: ObjectModel): boolean =>
  object.key.length > 0 && object.key.every((column) => scalarOf(object, column) !== undefined)

const mayAsk = (object: ObjectModel, own: TablePermissions, kind: RequestKind): boolean => {
  switch (kind) {
    case 'findOne':
      return own.canRead && isNameable(object)
    case 'findMany':
    case 'groupBy':
      return own.canRead
    case 'duplicates':
      return own.canRead && hasCriteria(object)
    case 'createOne':
    case 'createMany':
      return own.canCreate
    case 'updateOne':
      return own.canUpdate && isNameable(object)
    case 'updateMany':
      return own.canUpdate
    case 'deleteOne':
      return (own.canSoftDelete || own.canDestroy) && isNameable(object)
    case 'deleteMany':
      return own.canSoftDelete || own.canDestroy
    case 'restoreOne':
      return object.softDelete !== null && own.canSoftDelete && isNameable(object)
    case 'restoreMany':
      return object.softDelete !== null && own.canSoftDelete
    case 'merge':
      return hasCriteria(object) && own.canRead && own.canUpdate && own.canDestroy && isNameable(object)
  }
}

const viewOf = (whole: ObjectModel, own: TablePermissions, permissions: Permissions): ObjectView => {
  const fields = new Map(
    [...whole.fields].flatMap(([name, field]) => {
      const readable = readableField(field, own, permissions)
      return readable === null ? [] : [[name, readable] as const]
    }),
  )
  const object: ObjectModel = { ...whole, fields }
  return {
    object,
    creatable: writableFields(whole, own.insertableColumns),
    updatable: writableFields(whole, own.updatableColumns).filter(
      // The id of a managed record never changes.
      (field) => !(whole.blanksAbsent && field.kind === 'scalar' && whole.key.includes(field.column.name)),
    ),
    kinds: new Set(
      OPERATIONS.map(({ kind }) => kind).filter(
        (kind) => isWritable(whole, kind) && mayAsk(object, own, kind),
      ),
    ),
    canUpsert: own.canCreate && own.canUpdate && whole.updatable,
    canSoftDelete: whole.softDelete !== null && own.canSoftDelete && whole.updatable,
    canDestroy: own.canDestroy && whole.deletable,
  }
}

export const viewModel = (model: Model, permissions: Permissions): ModelView => {
  const objects = model.objects.flatMap((whole) => {
    const own = permissions.objects.get(whole.table)
    const view = own === undefined ? undefined : viewOf(whole, own, permissions)
    return view === undefined || view.kinds.size === 0 ? [] : [view]
  })
  return { objects, byTable: new Map(objects.map((view) => [view.object.table, view])) }
}
