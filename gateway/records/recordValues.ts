// The values of a record as a selection: all of its fields but the relations.

import type { ModelField, ObjectModel } from '../../tenants/model/model.ts'
import { isSearchVector } from './model/field.ts'
import type { RecordField, RecordSelection } from './selection.ts'

/** Values in the order of the object's fields. */
export const valueField = (object: ObjectModel, field: ModelField): readonly RecordField[] => {
  if (field.kind === 'scalar')
    return isSearchVector(object, field) ? [] : [{ kind: 'scalar', key: field.name, field }]
  if (field.kind !== 'composite') return []
  const parts = field.parts.map((part) => ({ kind: 'part' as const, key: part.part.name, part }))
  return [{ kind: 'composite', key: field.name, field, parts }]
}

/** The values of a record, without its relations. */
export const valuesOf = (object: ObjectModel): RecordSelection => ({
  object,
  fields: [...object.fields.values()].flatMap((field) => valueField(object, field)),
})
