// Which fields of an object a write may name. In: an object; out: fields of its data. Not decided here: what
// a role may write, and which kinds of writes the table takes.

import type { ModelField, ObjectModel, ValueField } from './model.ts'

const isValue = (field: ModelField): field is ValueField =>
  field.kind === 'scalar' || field.kind === 'composite'

const isWritable = (field: ValueField): boolean =>
  field.kind === 'scalar' ? field.column.writable : field.parts.every(({ column }) => column.writable)

/**
 * Fields of `CompanyCreateInput` and `CompanyUpdateInput`. What the database computes can be sent back to the
 * record that has it: in a change, and in the upsert of a table made in SQL, whose keys may be computed.
 */
export const givenFields = (object: ObjectModel, mode: 'Create' | 'Update'): readonly ValueField[] =>
  [...object.fields.values()]
    .filter(isValue)
    .filter((field) => mode === 'Update' || !object.emptyStringForNull || isWritable(field))

/**
 * The writes that a table takes, less those that would have no field to name: a type without fields is none
 * in GraphQL.
 */
export const withoutEmptyWrites = (object: ObjectModel): ObjectModel => ({
  ...object,
  insertable: object.insertable && givenFields(object, 'Create').length > 0,
  updatable: object.updatable && givenFields(object, 'Update').length > 0,
})
