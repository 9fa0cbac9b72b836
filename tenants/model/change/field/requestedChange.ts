// A requested change of one field, as its checks (fieldUpdateCheck.ts) and its steps (fieldUpdateSteps.ts)
// both read it. In: what is there and what is to be different; out: small readings of it.

import type { Described, DescribedField } from '../../describe/catalogRef.ts'
import type { FieldMetadata, OptionMetadata } from '../../metadata.ts'
import type { ModelField, ValueField } from '../../model.ts'
import type { Subject } from '../check/check.ts'
import type { UpdateFieldInput } from '../check/input.ts'

/** A change of one field, with what is there. */
export interface Wish {
  readonly before: Described
  readonly field: DescribedField
  readonly now: FieldMetadata
  readonly update: UpdateFieldInput
  readonly subject: Subject
}

export const isValue = (field: ModelField | undefined): field is ValueField =>
  typeof field === 'object' &&
  field !== null &&
  'kind' in field &&
  (field.kind === 'scalar' || field.kind === 'composite')

/** Columns of a field that its unique index holds. */
export const uniqueColumns = (field: ValueField): readonly string[] =>
  field.kind === 'scalar'
    ? [field.column.name]
    : field.parts.flatMap(({ part, column }) => (part.unique === true ? [column.name] : []))

/** The default that is there, by the values its options will have. */
export const renamedDefault = (now: FieldMetadata, wanted: readonly OptionMetadata[]): unknown => {
  const renamed = (value: unknown): unknown => {
    const option = now.options?.find((each) => `'${each.value}'` === value)
    const found = wanted.find((each) => each.id === option?.id)
    return found === undefined ? value : `'${found.value}'`
  }
  return Array.isArray(now.defaultValue) ? now.defaultValue.map(renamed) : renamed(now.defaultValue)
}

/** What the foreign key says by itself is not kept a second time. */
export const ownSettings = ({
  relationType: _type,
  onDelete: _onDelete,
  joinColumnName: _column,
  referencedColumnName: _referenced,
  ...settings
}: Readonly<Record<string, unknown>>) => settings
