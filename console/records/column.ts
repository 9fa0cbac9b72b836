// Columns of the record table: which exist, which are shown at first, and how to sort by them. Lists of
// related records are not columns.

import { FIELD_TYPES } from '../model/field/fieldType.ts'
import type { Field, ModelObject } from '../model/object.ts'
import { targetsOf } from './link.ts'
import type { Row } from './value.ts'

export interface Column {
  readonly name: string
  readonly label: string
  readonly field: Field
  /** Its path in `order_by`; null if it cannot be sorted by. */
  readonly sortPath: string | null
}

const FIRST_SHOWN = 6

const sortPathOf = (field: Field): string | null => {
  const { type, name } = field
  if (type === 'RELATION') return targetsOf(field)[0]?.join ?? null
  if (['MORPH_RELATION', 'RAW_JSON', 'ARRAY', 'MULTI_SELECT', 'RICH_TEXT', 'TS_VECTOR'].includes(type))
    return null
  const [first] = FIELD_TYPES[type].parts
  return first === undefined ? name : `${name}.${first.name}`
}

export const columnsOf = (object: ModelObject): readonly Column[] => {
  const label = object.labelIdentifierFieldMetadataId
  return object.fieldsList
    .filter(
      ({ type, relation, isActive }) =>
        isActive !== false && type !== 'TS_VECTOR' && relation?.type !== 'ONE_TO_MANY',
    )
    .toSorted((a, b) => Number(b.id === label) - Number(a.id === label))
    .map((field) => ({ name: field.name, label: field.label, field, sortPath: sortPathOf(field) }))
}

/** The label, the first editable fields, and the creation time. */
export const firstColumns = (columns: readonly Column[]): readonly string[] => {
  const own = columns
    .filter(({ field }, index) => index === 0 || field.isSystem !== true)
    .slice(0, FIRST_SHOWN)
  const created = columns.filter(({ name }) => name === 'createdAt')
  return [...own, ...created].map(({ name }) => name)
}

/** Fields that the role cannot read are absent from every row. */
export const isReadable = (column: Column, rows: readonly Row[]): boolean => {
  const [row] = rows
  if (row === undefined) return true
  const joins = targetsOf(column.field).map(({ join }) => join)
  return (joins.length === 0 ? [column.name] : joins).some((name) => name in row)
}
