// Plans dropping fields: steps, and the registry rows that go with them. A column generated from a dropped
// one (the search vector) is first regenerated without it.

import { quoteIdentifier } from '../../../../sql/placeholder.ts'
import type { Described, DescribedObject } from '../../describe/catalogRef.ts'
import { alterTable, dropType, type Step } from '../run/schemaChange.ts'
import { isEnumOf, isSharedEnum } from './enum.ts'

/** Enum types created only for this object's columns. */
export const ownEnums = (
  before: Described,
  object: DescribedObject,
  columns: readonly string[] = [...object.model.columns.keys()],
): readonly string[] =>
  columns.flatMap((name) => {
    const type = object.model.columns.get(name)?.type.enum?.name
    return type !== undefined && isEnumOf(type, object.relation.name, name) && !isSharedEnum(before, type)
      ? [type]
      : []
  })

export const dropFieldColumns = (
  before: Described,
  table: string,
  columns: readonly string[],
): { readonly steps: readonly Step[]; readonly forgotten: readonly string[] } => {
  const object = [...before.objects.values()].find((each) => each.relation.name === table)
  if (object === undefined) return { steps: [], forgotten: [] }
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
      ...ownEnums(before, object, columns).map(dropType),
    ],
    forgotten: (object.row?.fields ?? [])
      .filter((field) => columns.includes(field.column))
      .map((field) => field.id),
  }
}
