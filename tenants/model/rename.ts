// Renames tables and columns with everything that is called after them: indexes, constraints, sequences, enum types, and the
// columns by which notes, tasks and files point at an object. In: a description and new names; out: steps. A name that somebody
// chose himself does not follow the pattern, and stays.

import { escapeLiteral } from 'pg'
import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import { alterTable, type FieldWrite, renameColumn, type Step } from './alteration.ts'
import type { Described, ObjectAnchor } from './anchor.ts'
import { positionSequenceOf } from './baseField.ts'
import { freeTypeName } from './enum.ts'
import { tableOf } from './fieldPlan.ts'
import { derivedIdentifier } from './identifier.ts'
import { toTypeName } from './name.ts'
import { joinColumnOf } from './relationPlan.ts'

interface Renaming {
  /** The table's name afterwards. */
  readonly table: string
  /** New names of columns by their old ones; others keep theirs. */
  readonly columns: ReadonlyMap<string, string>
}

/** Old and new name of each thing that may be called after a table and columns of it. */
const followers = (
  anchor: ObjectAnchor,
  { table, columns }: Renaming,
  of: readonly string[],
  suffix: string,
): readonly [string, string] => [
  derivedIdentifier([anchor.relation.name, ...of], suffix),
  derivedIdentifier([table, ...of.map((column) => columns.get(column) ?? column)], suffix),
]

const indexSteps = (before: Described, anchor: ObjectAnchor, renaming: Renaming): readonly Step[] => {
  const names = new Map(anchor.relation.columns.map((column) => [column.number, column.name]))
  const stems = [...anchor.model.fields.values()].flatMap((field): string[] =>
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
    if (index.relation !== anchor.relation.oid) return []
    const columns = index.columns.map((number) => names.get(number) ?? '')
    const candidates = [
      ...(index.primary ? [followers(anchor, renaming, [], 'pkey')] : []),
      followers(anchor, renaming, columns, index.unique ? 'key' : 'idx'),
      ...stems.map((stem) => followers(anchor, withStems, [stem], 'key')),
    ]
    const found = candidates.find(([from, to]) => from === index.name && to !== from)
    return found === undefined
      ? []
      : [
          {
            sql: `alter index ${inWorkspace(found[0])} rename to ${quoteIdentifier(found[1])}`,
            renamed: { kind: 'index', from: found[0], to: found[1] },
          },
        ]
  })
}

/** @param columns the columns of the enum types to look at. */
const enumSteps = (anchor: ObjectAnchor, renaming: Renaming): readonly Step[] =>
  [...anchor.model.columns.values()].flatMap((column): Step[] => {
    const type = column.type.enum?.name
    const found = ['', 'options']
      .map((suffix) => followers(anchor, renaming, [column.name], suffix))
      .find(([from, to]) => from === type && to !== from)
    if (found === undefined) return []
    const [from, to] = found
    const name = renaming.columns.get(column.name) ?? column.name
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

const constraintSteps = (before: Described, anchor: ObjectAnchor, renaming: Renaming): readonly Step[] => {
  const names = new Map(anchor.relation.columns.map((column) => [column.number, column.name]))
  return before.sources.catalog.foreignKeys.flatMap((key): Step[] => {
    if (key.relation !== anchor.relation.oid) return []
    const columns = key.columns.map((number) => names.get(number) ?? '')
    const [from, to] = followers(anchor, renaming, columns, 'fkey')
    if (key.name !== from || from === to) return []
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

const followerSteps = (before: Described, anchor: ObjectAnchor, renaming: Renaming): readonly Step[] => [
  ...constraintSteps(before, anchor, renaming),
  ...indexSteps(before, anchor, renaming),
  ...enumSteps(anchor, renaming),
]

export const renameColumns = (
  before: Described,
  anchor: ObjectAnchor,
  columns: ReadonlyMap<string, string>,
): readonly Step[] => {
  const table = anchor.relation.name
  return [
    ...[...columns].map(([from, to]) => renameColumn(table, from, to)),
    ...followerSteps(before, anchor, { table, columns }),
  ]
}

/** Columns of morph groups that are called after the object. */
const morphSteps = (before: Described, anchor: ObjectAnchor, nameSingular: string) =>
  [...before.fields.values()].flatMap(
    (field): { steps: readonly Step[]; fields: readonly FieldWrite[] }[] => {
      const { metadata, object } = field
      if (metadata.type !== 'MORPH_RELATION' || field.face !== 'own') return []
      const toOne = field.fields.find((each) => each.kind === 'toOne' && each.target === anchor.relation.name)
      if (toOne?.kind !== 'toOne' || object === anchor) return []
      const [from] = toOne.columns
      const to = joinColumnOf(metadata.name + toTypeName(nameSingular))
      if (from !== joinColumnOf(metadata.name + toTypeName(anchor.model.nameSingular))) return []
      const rows = (object.row?.fields ?? []).filter((row) => row.column === from)
      return [
        {
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
        },
      ]
    },
  )

export const renameObject = (
  before: Described,
  anchor: ObjectAnchor,
  nameSingular: string,
): { readonly table: string; readonly steps: readonly Step[]; readonly fields: readonly FieldWrite[] } => {
  const table = tableOf(nameSingular)
  const from = anchor.relation.name
  const morphs = morphSteps(before, anchor, nameSingular)
  const kind = { r: 'table', p: 'table', v: 'view', m: 'materialized view', f: 'foreign table' }[
    anchor.relation.kind
  ]
  const sequence = before.sources.details.ownedSequences.find(
    (each) => each.relation === anchor.relation.oid && each.name === positionSequenceOf(from),
  )
  const own: readonly Step[] =
    table === from
      ? []
      : [
          ...freeTypeName(before, table),
          {
            sql: `alter ${kind} ${inWorkspace(from)} rename to ${quoteIdentifier(table)}`,
            locks: [{ table: from, mode: 'ACCESS EXCLUSIVE', why: 'renames the table' }],
            renamed: { kind: 'table', from, to: table },
          },
          ...(sequence === undefined
            ? []
            : [
                {
                  sql: `alter sequence ${inWorkspace(sequence.name)} rename to ${quoteIdentifier(positionSequenceOf(table))}`,
                  renamed: {
                    kind: 'sequence' as const,
                    from: sequence.name,
                    to: positionSequenceOf(table),
                  },
                },
              ]),
          ...followerSteps(before, anchor, { table, columns: new Map() }),
        ]
  return {
    table,
    steps: [...own, ...morphs.flatMap(({ steps }) => steps)],
    fields: morphs.flatMap(({ fields }) => fields),
  }
}
