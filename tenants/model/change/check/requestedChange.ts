// A requested field change, compared with the current field; shared by the checks (fieldUpdateCheck.ts) and
// the steps (fieldUpdateSteps.ts).

import { isDeepStrictEqual } from 'node:util'
import type { Described, DescribedField } from '../../describe/catalogRef.ts'
import type { FieldMetadata, OptionMetadata } from '../../metadata.ts'
import type { ModelField, ValueField } from '../../model.ts'
import type { Subject } from './check.ts'
import type { UpdateFieldInput } from './input.ts'

/** A field change with the current state. */
export interface RequestedChange {
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

/** Columns of a field in its unique index. */
export const uniqueColumns = (field: ValueField): readonly string[] =>
  field.kind === 'scalar'
    ? [field.column.name]
    : field.parts.flatMap(({ part, column }) => (part.unique === true ? [column.name] : []))

/** The current default, in terms of the new option values. */
export const renamedDefault = (now: FieldMetadata, wanted: readonly OptionMetadata[]): unknown => {
  const renamed = (value: unknown): unknown => {
    const option = now.options?.find((each) => `'${each.value}'` === value)
    const found = wanted.find((each) => each.id === option?.id)
    return found === undefined ? value : `'${found.value}'`
  }
  return Array.isArray(now.defaultValue) ? now.defaultValue.map(renamed) : renamed(now.defaultValue)
}

/** Drops a default that the database computes, sent back as it was shown. */
export const withoutShownDefault = (now: FieldMetadata, update: UpdateFieldInput): UpdateFieldInput => {
  const { defaultValue, ...rest } = update
  const isComputed = !isDeepStrictEqual(now.shownDefault, now.defaultValue)
  return isComputed && isDeepStrictEqual(defaultValue, now.shownDefault) ? rest : update
}

/** Properties that the foreign key itself stores are not registered again. */
export const ownSettings = ({
  relationType: _type,
  onDelete: _onDelete,
  joinColumnName: _column,
  referencedColumnName: _referenced,
  ...settings
}: Readonly<Record<string, unknown>>) => settings
