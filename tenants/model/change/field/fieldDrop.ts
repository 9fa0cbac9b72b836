// Takes fields out of tables. In: a description and columns; out: steps, and the rows of the registry that go
// with them. What is generated from a column (the search vector) is made anew without it first.

import { quoteIdentifier } from '../../../../sql/placeholder.ts'
import type { Described, ObjectAnchor } from '../../describe/catalogRef.ts'
import { alterTable, dropType, type Step } from '../run/schemaChange.ts'
import { isEnumOf, isSharedEnum } from './enum.ts'

/** Enum types that were made for this object's columns alone. */
export const ownEnums = (
  before: Described,
  anchor: ObjectAnchor,
  columns: readonly string[] = [...anchor.model.columns.keys()],
): readonly string[] =>
  columns.flatMap((name) => {
    const type = anchor.model.columns.get(name)?.type.enum?.name
    return type !== undefined && isEnumOf(type, anchor.relation.name, name) && !isSharedEnum(before, type)
      ? [type]
      : []
  })

export const dropFieldColumns = (
  before: Described,
  table: string,
  columns: readonly string[],
): { readonly steps: readonly Step[]; readonly forgotten: readonly string[] } => {
  const anchor = [...before.objects.values()].find((each) => each.relation.name === table)
  if (anchor === undefined) return { steps: [], forgotten: [] }
  return {
    steps: [
      {
        ...alterTable(
          table,
          columns.map((column) => `drop column ${quoteIdentifier(column)}`),
          `drops ${columns.join(', ')}`,
          [{ action: 'dropColumn', columns }],
        ),
        rows: [{ table, effect: 'clear' }],
      },
      ...ownEnums(before, anchor, columns).map(dropType),
    ],
    forgotten: (anchor.row?.fields ?? [])
      .filter((field) => columns.includes(field.column))
      .map((field) => field.id),
  }
}
