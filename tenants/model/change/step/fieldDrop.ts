// Plans dropping fields: steps, and the registry rows that go with them. A column generated from a dropped
// one (the search vector) is first regenerated without it.

import { quoteIdentifier } from '../../../../sql/placeholder.ts'
import type { Described, ObjectAnchor } from '../../describe/catalogRef.ts'
import { alterTable, dropType, type Step } from '../run/schemaChange.ts'
import { isEnumOf, isSharedEnum } from './enum.ts'

/** Enum types created only for this object's columns. */
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
