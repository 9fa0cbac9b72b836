// A change of a record, as the history and the feed have it, and its values field by field.

import type { Field, ModelObject } from '../../model/object.ts'
import { linkOf, targetsOf } from '../link.ts'
import { type Row, valueText } from '../value.ts'

export type ChangeOperation =
  | 'created'
  | 'updated'
  | 'deleted'
  | 'restored'
  | 'destroyed'
  | 'removed'
  | 'truncated'

export interface Actor {
  readonly keyId?: string
  readonly workspaceMemberId?: string
  /** The operator who acted as the member. */
  readonly operatorName?: string
  readonly databaseUser?: string
}

export interface RecordChange {
  readonly position: string
  readonly operation: ChangeOperation
  /** ISO 8601. */
  readonly at: string
  readonly actor: Actor | null
  /** Of an update: names of fields, and of columns of foreign keys. */
  readonly changedFields?: readonly string[]
}

/** Labels and colors, in the order of a record's life. */
export const OPERATIONS = {
  created: ['Created', 'pine'],
  updated: ['Updated', 'blue'],
  deleted: ['Moved to the trash', 'yellow'],
  restored: ['Restored', 'pine'],
  destroyed: ['Destroyed', 'red'],
  removed: ['No longer visible', 'gray'],
  truncated: ['All records destroyed', 'red'],
} as const satisfies Readonly<Record<ChangeOperation, readonly [string, string]>>

export interface Difference {
  readonly name: string
  readonly label: string
  /** Undefined where the role cannot see the field in the model. */
  readonly field: Field | undefined
}

const isOf = (field: Field, name: string): boolean =>
  field.name === name || targetsOf(field).some(({ join }) => join === name)

const differenceOf = (object: ModelObject, name: string): Difference => {
  const field = object.fieldsList.find((each) => isOf(each, name))
  return { name, label: field?.label ?? name, field }
}

/** Set by the gateway with each write. */
const SILENT: readonly string[] = ['updatedAt', 'updatedBy', 'createdAt', 'createdBy', 'position']

const hasValue = (field: Field, row: Row): boolean =>
  field.relation === null && field.morphRelations === null
    ? valueText(field, row[field.name]) !== ''
    : linkOf(field, row) !== null

/** The fields that a change is about: the changed ones, or of a single side all with a value. */
export const differencesOf = (
  object: ModelObject,
  { operation, changedFields = [] }: Pick<RecordChange, 'operation' | 'changedFields'>,
  row: Row | null | undefined,
): readonly Difference[] => {
  if (operation !== 'created' && operation !== 'destroyed')
    return changedFields
      .filter((name) => !SILENT.includes(name) && name !== 'deletedAt')
      .map((name) => differenceOf(object, name))
  return object.fieldsList
    .filter((field) => row != null && !SILENT.includes(field.name) && field.name !== 'id')
    .filter((field) => field.type !== 'TS_VECTOR' && hasValue(field, row ?? {}))
    .map((field) => ({ name: field.name, label: field.label, field }))
}
