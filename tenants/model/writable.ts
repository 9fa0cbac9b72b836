// Fields of an object that a write may name, for all roles and kinds of writes.

import type { Column, ModelField, ObjectModel, ValueField } from './model.ts'

const isValue = (field: ModelField): field is ValueField =>
  field.kind === 'scalar' || field.kind === 'composite'

const isWritable = (field: ValueField): boolean =>
  field.kind === 'scalar' ? field.column.writable : field.parts.every(({ column }) => column.writable)

/**
 * Fields of `CompanyCreateInput` and `CompanyUpdateInput`. A computed value may be sent back to its record:
 * in an update, and in the upsert of a table made in SQL, whose keys may be computed.
 */
export const givenFields = (object: ObjectModel, mode: 'Create' | 'Update'): readonly ValueField[] =>
  [...object.fields.values()]
    .filter(isValue)
    .filter((field) => mode === 'Update' || !object.emptyStringForNull || isWritable(field))

export const isNeededColumn = ({ notNull, hasDefault }: Column): boolean => notNull && !hasDefault

/**
 * Whether a new record must have the field. The foreign key of a relation can be given as the relation
 * instead.
 */
export const isNeeded = (field: ModelField): boolean => {
  switch (field.kind) {
    case 'scalar':
      return field.joinOf === null && isNeededColumn(field.column)
    case 'composite':
      return field.parts.some(({ column }) => isNeededColumn(column))
    default:
      return false
  }
}

/**
 * The writes that a table supports, except the ones without any field: GraphQL does not allow a type without
 * fields.
 */
export const withoutEmptyWrites = (object: ObjectModel): ObjectModel => ({
  ...object,
  insertable: object.insertable && givenFields(object, 'Create').length > 0,
  updatable: object.updatable && givenFields(object, 'Update').length > 0,
})
