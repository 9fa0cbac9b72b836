// What a role can request of the objects that it sees: for each accessible object of the role's model
// (records/model/roleModel.ts) the writable fields and the kinds of requests that may succeed. For documents
// only: handlers check by themselves.

import type { Model, ModelField, ObjectModel } from '../../tenants/model/model.ts'
import type { TablePermissions } from '../../tenants/permission/permissions.ts'
import { hasCriteria } from '../records/duplicates/likeness.ts'
import { pointersTo } from '../records/duplicates/merge.ts'
import { type FieldAct, may, wholeOf } from '../records/model/permission.ts'
import { scalarOf } from '../records/read/key.ts'
import { isWritable } from '../rest/plan.ts'
import { REST_OPERATIONS, type RequestKind } from '../rest/routes.ts'

export interface ObjectView {
  /** With the fields that the role may read. */
  readonly object: ObjectModel
  /** Fields that a new record may have. */
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

type Permission = {
  [Name in keyof TablePermissions]: TablePermissions[Name] extends boolean ? Name : never
}[keyof TablePermissions]

/** An unrestricted role may do everything. */
const can = ({ restriction }: ObjectModel, permission: Exclude<Permission, 'hasRecordRules'>): boolean =>
  restriction === undefined || restriction.permissions[permission]

/** The parts of the field that the role may write; null if there are none. */
const writableField = (object: ObjectModel, field: ModelField, act: FieldAct): ModelField | null => {
  const isOpen = (name: string): boolean =>
    wholeOf(object).columns.get(name)?.writable === true && may(object, act, name)
  switch (field.kind) {
    case 'scalar':
      return isOpen(field.column.name) ? field : null
    case 'composite': {
      const parts = field.parts.filter(({ column }) => isOpen(column.name))
      return parts.length === 0 ? null : { ...field, parts }
    }
    case 'toOne':
      return field.columns.every(isOpen) ? field : null
    case 'toMany':
      return null
  }
}

const writableFields = (object: ObjectModel, act: FieldAct): ModelField[] =>
  [...wholeOf(object).fields.values()].flatMap((field) => writableField(object, field, act) ?? [])

/** The id of a managed record never changes. */
const updatableFields = (object: ObjectModel): ModelField[] =>
  writableFields(object, 'update').filter(
    (field) =>
      !(
        object.emptyStringForNull &&
        field.kind === 'scalar' &&
        wholeOf(object).key.includes(field.column.name)
      ),
  )

/** Whether the role can identify a record. */
const isNameable = (object: ObjectModel): boolean =>
  object.key.length > 0 && object.key.every((column) => scalarOf(object, column) !== undefined)

/** A merge reads whole records, deletes all but one, and changes everything that refers to them. */
const mayMerge = (model: Model, object: ObjectModel): boolean =>
  hasCriteria(object) &&
  can(object, 'canUpdate') &&
  can(object, 'canDestroy') &&
  [...wholeOf(object).columns.values()].every(
    ({ name, writable }) => may(object, 'read', name) && (!writable || may(object, 'update', name)),
  ) &&
  pointersTo(object).every(({ target, targetColumns }) => {
    const other = model.byTable.get(target)
    if (other?.restriction === undefined) return true
    return (
      can(other, 'canRead') &&
      can(other, 'canUpdate') &&
      !other.restriction.permissions.hasRecordRules &&
      targetColumns.every((name) => may(other, 'read', name) && may(other, 'update', name))
    )
  })

const mayAsk = (model: Model, object: ObjectModel, kind: RequestKind, mayErase: boolean): boolean => {
  switch (kind) {
    case 'findMany':
    case 'groupBy':
      return true
    case 'findOne':
    case 'findHistory':
      return isNameable(object)
    case 'eraseHistory':
      return mayErase && isNameable(object)
    case 'undoChange':
      return can(object, 'canUpdate') && isNameable(object)
    case 'duplicates':
      return hasCriteria(object)
    case 'createOne':
    case 'createMany':
      return can(object, 'canCreate')
    case 'updateOne':
      return can(object, 'canUpdate') && isNameable(object)
    case 'updateMany':
      return can(object, 'canUpdate')
    case 'deleteOne':
      return (can(object, 'canSoftDelete') || can(object, 'canDestroy')) && isNameable(object)
    case 'deleteMany':
      return can(object, 'canSoftDelete') || can(object, 'canDestroy')
    case 'restoreOne':
      return object.softDelete !== null && can(object, 'canSoftDelete') && isNameable(object)
    case 'restoreMany':
      return object.softDelete !== null && can(object, 'canSoftDelete')
    case 'merge':
      return mayMerge(model, object)
  }
}

const viewOf = (model: Model, object: ObjectModel, mayErase: boolean): ObjectView => ({
  object,
  creatable: writableFields(object, 'create'),
  updatable: updatableFields(object),
  kinds: new Set(
    REST_OPERATIONS.map(({ kind }) => kind).filter(
      (kind) => isWritable(object, kind) && mayAsk(model, object, kind, mayErase),
    ),
  ),
  canUpsert: can(object, 'canUpdate') && object.updatable && object.key.length > 0,
  canSoftDelete: object.softDelete !== null && object.updatable && can(object, 'canSoftDelete'),
  canDestroy: object.deletable && can(object, 'canDestroy'),
})

/**
 * Objects that the role may not read are inaccessible altogether.
 * @param mayErase whether the role may erase past values
 */
export const viewModel = (model: Model, mayErase: boolean): ModelView => {
  const objects = model.objects
    .filter((object) => can(object, 'canRead'))
    .map((object) => viewOf(model, object, mayErase))
  return { objects, byTable: new Map(objects.map((view) => [view.object.table, view])) }
}
