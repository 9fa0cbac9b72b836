// Renames tables and columns with everything named after them: indexes, constraints, sequences, enum types,
// and the columns by which notes, tasks and files point at an object. A name that does not follow the pattern
// was chosen by hand, and stays.

import { escapeLiteral } from 'pg'
import { inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { positionSequenceOf } from '../../ddl/baseField.ts'
import { renameIndex } from '../../ddl/buildControl.ts'
import { tableOf } from '../../ddl/fieldPlan.ts'
import type { Described, DescribedField, DescribedObject } from '../../describe/catalogRef.ts'
import { derivedIdentifier, isDerived, RELATION_KINDS } from '../../identifier.ts'
import { toTypeName } from '../../name.ts'
import { freeConstraintName, freeTableName } from '../check/freeName.ts'
import { alterTable, type FieldWrite, renameColumn, type Step } from '../run/schemaChange.ts'
import { isEnumOf } from './enum.ts'
import { joinColumnOf } from './relationPlan.ts'

interface Renaming {
  /** The table's name afterwards. */
  readonly table: string
  /** New names of columns by their old ones; others keep theirs. */
  readonly columns: ReadonlyMap<string, string>
}

/** Old and new name of each thing that may be named after the table and some of its columns. */
const followers = (
  object: DescribedObject,
  { table, columns }: Renaming,
  of: readonly string[],
  suffix: string,
): readonly [string, string] => [
  derivedIdentifier([object.relation.name, ...of], suffix),
  derivedIdentifier([table, ...of.map((column) => columns.get(column) ?? column)], suffix),
]

const indexSteps = (
  before: Described,
  object: DescribedObject,
  renaming: Renaming,
  dropped?: string,
): readonly Step[] => {
  const names = new Map(object.relation.columns.map((column) => [column.number, column.name]))
  const stems = [...object.model.fields.values()].flatMap((field): string[] =>
    field.kind === 'composite'
      ? field.parts.slice(0, 1).map(({ part, column }) => column.name.slice(0, -part.suffix.length - 1))
      : [],
  )
  const stemColumns = new Map(
    stems.map((stem): [string, string] => {
      const [from, to] = [...renaming.columns].find(([column]) => column.startsWith(`${stem}_`)) ?? [
        stem,
        stem,
      ]
      return [stem, to.slice(0, to.length - (from.length - stem.length))]
    }),
  )
  const withStems: Renaming = { ...renaming, columns: new Map([...renaming.columns, ...stemColumns]) }
  return before.sources.details.indexes.flatMap((index): Step[] => {
    if (index.relation !== object.relation.oid || index.name === dropped) return []
    const columns = index.columns.map((number) => names.get(number) ?? '')
    const candidates = [
      ...(index.primary ? [followers(object, renaming, [], 'pkey')] : []),
      followers(object, renaming, columns, index.unique ? 'key' : 'idx'),
      ...stems.map((stem) => followers(object, withStems, [stem], 'key')),
    ]
    const found = candidates.find(([from, to]) => isDerived(index.name, from) && to !== from)
    if (found === undefined) return []
    return [...renameIndex(before, index, before.names.relation(found[1]))]
  })
}

/** @param columns columns whose enum types may need renaming. */
const enumSteps = (before: Described, object: DescribedObject, renaming: Renaming): readonly Step[] =>
  [...object.model.columns.values()].flatMap((column): Step[] => {
    const from = column.type.enum?.name
    const name = renaming.columns.get(column.name) ?? column.name
    const isSame = renaming.table === object.relation.name && name === column.name
    if (from === undefined || isSame || !isEnumOf(from, object.relation.name, column.name)) return []
    const isPlain = isDerived(from, derivedIdentifier([object.relation.name, column.name], ''))
    const to = isPlain
      ? before.names.enumType(renaming.table, name)
      : before.names.type(derivedIdentifier([renaming.table, name], 'options'))
    return [
      {
        sql: `alter type ${inWorkspace(from)} rename to ${quoteIdentifier(to)}`,
        renamed: { kind: 'type', from, to },
      },
      {
        sql: `comment on type ${inWorkspace(to)} is ${escapeLiteral(`Options of ${renaming.table}.${name}`)}`,
      },
    ]
  })

/** Name of a column's foreign key after the table and the column are renamed. */
export const keyNameAfter = (
  before: Described,
  key: { readonly table: string; readonly columns: readonly string[]; readonly name: string },
  table: string,
  columns: ReadonlyMap<string, string>,
): string => {
  const [from, to] = [
    derivedIdentifier([key.table, ...key.columns], 'fkey'),
    derivedIdentifier([table, ...key.columns.map((column) => columns.get(column) ?? column)], 'fkey'),
  ]
  return from === to || !isDerived(key.name, from) ? key.name : freeConstraintName(before, key.table, to)
}

const constraintSteps = (before: Described, object: DescribedObject, renaming: Renaming): readonly Step[] => {
  const names = new Map(object.relation.columns.map((column) => [column.number, column.name]))
  return before.sources.catalog.foreignKeys.flatMap((key): Step[] => {
    if (key.relation !== object.relation.oid) return []
    const columns = key.columns.map((number) => names.get(number) ?? '')
    const place = { table: object.relation.name, columns, name: key.name }
    const [from, to] = [key.name, keyNameAfter(before, place, renaming.table, renaming.columns)]
    if (from === to) return []
    return [
      {
        ...alterTable(
          renaming.table,
          [`rename constraint ${quoteIdentifier(from)} to ${quoteIdentifier(to)}`],
          `renames ${from}`,
        ),
        renamed: { kind: 'constraint', table: renaming.table, from, to },
      },
    ]
  })
}

const followerSteps = (
  before: Described,
  object: DescribedObject,
  renaming: Renaming,
  dropped?: string,
): readonly Step[] => [
  ...constraintSteps(before, object, renaming),
  ...indexSteps(before, object, renaming, dropped),
  ...enumSteps(before, object, renaming),
]

/** @param dropped an index that the same change drops. */
export const renameColumns = (
  before: Described,
  object: DescribedObject,
  columns: ReadonlyMap<string, string>,
  dropped?: string,
): readonly Step[] => {
  const table = object.relation.name
  return [
    ...[...columns].map(([from, to]) => renameColumn(table, from, to)),
    ...followerSteps(before, object, { table, columns }, dropped),
  ]
}

interface MorphColumn {
  readonly field: DescribedField
  readonly from: string
  readonly to: string
}

/** Morph columns named after the object, with their names after the rename. */
export const morphColumnsOf = (
  before: Described,
  target: DescribedObject,
  nameSingular: string,
): readonly MorphColumn[] =>
  [...before.fields.values()].flatMap((field): MorphColumn[] => {
    const { metadata, object } = field
    if (metadata.type !== 'MORPH_RELATION' || field.face !== 'own') return []
    const toOne = field.fields.find((each) => each.kind === 'toOne' && each.target === target.relation.name)
    if (toOne?.kind !== 'toOne' || object === target) return []
    const from = joinColumnOf(metadata.name + toTypeName(target.model.nameSingular))
    const to = joinColumnOf(metadata.name + toTypeName(nameSingular))
    return toOne.columns[0] === from ? [{ field, from, to }] : []
  })

const morphSteps = (before: Described, target: DescribedObject, nameSingular: string) =>
  morphColumnsOf(before, target, nameSingular).map(
    ({ field, from, to }): { steps: readonly Step[]; fields: readonly FieldWrite[] } => {
      const { metadata, object } = field
      const rows = (object.row?.fields ?? []).filter((row) => row.column === from)
      return {
        steps: renameColumns(before, object, new Map([[from, to]])),
        fields: rows.map((row) => ({
          id: row.id,
          objectId: object.id,
          table: object.relation.name,
          column: to,
          face: row.face,
          annotation:
            row.face === 'own' && row.annotation.name !== undefined
              ? { name: metadata.name + toTypeName(nameSingular) }
              : {},
        })),
      }
    },
  )

export const renameObject = (
  before: Described,
  object: DescribedObject,
  nameSingular: string,
): { readonly table: string; readonly steps: readonly Step[]; readonly fields: readonly FieldWrite[] } => {
  const table = tableOf(nameSingular)
  const from = object.relation.name
  const morphs = morphSteps(before, object, nameSingular)
  const kind = RELATION_KINDS[object.relation.kind]
  const sequence = before.sources.details.ownedSequences.find(
    (each) => each.relation === object.relation.oid && isDerived(each.name, positionSequenceOf(from)),
  )
  const clash = table === from ? [] : freeTableName(before, table)
  const positions = sequence === undefined ? '' : before.names.relation(positionSequenceOf(table))
  const own: readonly Step[] =
    table === from
      ? []
      : [
          ...clash,
          {
            sql: `alter ${kind} ${inWorkspace(from)} rename to ${quoteIdentifier(table)}`,
            locks: [{ table: from, mode: 'ACCESS EXCLUSIVE', why: 'renames the table' }],
            renamed: { kind: 'table', from, to: table },
          },
          ...(sequence === undefined
            ? []
            : [
                {
                  sql: `alter sequence ${inWorkspace(sequence.name)} rename to ${quoteIdentifier(positions)}`,
                  renamed: {
                    kind: 'sequence' as const,
                    from: sequence.name,
                    to: positions,
                  },
                },
              ]),
          ...followerSteps(before, object, { table, columns: new Map() }),
        ]
  return {
    table,
    steps: [...own, ...morphs.flatMap(({ steps }) => steps)],
    fields: morphs.flatMap(({ fields }) => fields),
  }
}
