// Changes the enum types of select fields. Adding and renaming options only touches the catalog; removing or
// reordering them rewrites the table, because Postgres cannot drop a label. Records with a removed option
// lose it: the field becomes empty (or its default if it is required), a list loses that element.

import { escapeLiteral } from 'pg'
import { inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { createEnum } from '../../ddl/statement.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { derivedIdentifier, isDerived } from '../../identifier.ts'
import type { OptionMetadata } from '../../metadata.ts'
import type { Column } from '../../model.ts'
import { alterTable, dropType, type Step } from '../run/schemaChange.ts'

/** Whether the type's name derives from the column's. */
export const isEnumOf = (type: string, table: string, column: string): boolean =>
  ['', 'options'].some((suffix) => isDerived(type, derivedIdentifier([table, column], suffix)))

/** Whether other columns use the same type; ours never do, handmade ones may. */
export const isSharedEnum = ({ model }: Described, enumName: string): boolean =>
  model.objects
    .flatMap((object) => [...object.columns.values()])
    .filter((column) => column.type.enum?.name === enumName).length > 1

const addedInPlace = (labels: readonly string[], wanted: readonly string[]): boolean =>
  wanted.filter((value) => labels.includes(value)).join() === labels.join()

/** In two passes, so that options can swap their values. */
const renameValues = (type: string, renames: readonly (readonly [string, string])[]): readonly Step[] => {
  const rename = (from: string, to: string): Step => ({
    sql: `alter type ${inWorkspace(type)} rename value ${escapeLiteral(from)} to ${escapeLiteral(to)}`,
  })
  const targets = new Set(renames.map(([from]) => from))
  if (!renames.some(([, to]) => targets.has(to))) return renames.map(([from, to]) => rename(from, to))
  return [
    ...renames.map(([from], index) => rename(from, `__renamed_${index}`)),
    ...renames.map(([, to], index) => rename(`__renamed_${index}`, to)),
  ]
}

const addValues = (type: string, labels: readonly string[], wanted: readonly string[]): readonly Step[] =>
  wanted.flatMap((value, index): Step[] => {
    if (labels.includes(value)) return []
    const previous = wanted[index - 1]
    const first = labels[0]
    const place =
      previous === undefined
        ? first === undefined
          ? ''
          : ` before ${escapeLiteral(first)}`
        : ` after ${escapeLiteral(previous)}`
    return [{ sql: `alter type ${inWorkspace(type)} add value ${escapeLiteral(value)}${place}` }]
  })

interface OptionsChange {
  readonly table: string
  readonly column: Column
  readonly now: readonly OptionMetadata[]
  readonly wanted: readonly OptionMetadata[]
  /** SQL of the column's default after the change, or null. */
  readonly defaultSql: string | null
  readonly isDefaultChanged: boolean
}

const replaceType = (
  before: Described,
  change: OptionsChange,
  type: string,
  labels: readonly string[],
): readonly Step[] => {
  const { table, column, wanted, defaultSql } = change
  const values = wanted.map((option) => option.value)
  const removed = labels.filter((label) => !values.includes(label)).map(escapeLiteral)
  const isShared = isSharedEnum(before, type)
  const aside = isShared ? type : before.names.type(derivedIdentifier([type], 'old'))
  const fresh = isShared ? before.names.enumType(table, column.name) : type
  const name = quoteIdentifier(column.name)
  const target = inWorkspace(fresh) + (column.type.isArray ? '[]' : '')
  const kept = column.type.isArray
    ? removed.reduce((sql, label) => `array_remove(${sql}, ${label})`, `${name}::text[]`)
    : removed.reduce((sql, label) => `nullif(${sql}, ${label})`, `${name}::text`)
  const using =
    column.notNull && defaultSql !== null && removed.length > 0 && !column.type.isArray
      ? `coalesce((${kept})::${target}, ${defaultSql}::${target})`
      : `(${kept})::${target}`
  return [
    ...(isShared ? [] : [{ sql: `alter type ${inWorkspace(type)} rename to ${quoteIdentifier(aside)}` }]),
    ...createEnum({ name: fresh, labels: values, comment: `Options of ${table}.${column.name}` }).map(
      (sql) => ({ sql }),
    ),
    {
      ...alterTable(
        table,
        [
          `alter column ${name} drop default`,
          `alter column ${name} type ${target} using ${using}`,
          ...(defaultSql === null ? [] : [`alter column ${name} set default ${defaultSql}`]),
        ],
        `gives ${column.name} its new options`,
        [{ action: 'changeType', columns: [column.name] }],
      ),
      rows: [{ table, effect: 'rewrite' }],
    },
    ...(isShared ? [] : [dropType(aside)]),
  ]
}

export const changeEnumOptions = (before: Described, change: OptionsChange): readonly Step[] => {
  const type = change.column.type.enum
  if (type === null) return []
  const byId = new Map(change.wanted.map((option) => [option.id, option.value]))
  const renames = change.now.flatMap(({ id, value }): (readonly [string, string])[] => {
    const to = byId.get(id)
    return to === undefined || to === value ? [] : [[value, to]]
  })
  // A new option that takes over a released value is not a rename.
  const renamed = new Map(renames)
  const labels = type.labels.map((label) => renamed.get(label) ?? label)
  const hasClash = new Set(labels).size < labels.length
  const wanted = change.wanted.map((option) => option.value)
  const usedRenames = hasClash ? [] : renames
  const current = hasClash ? type.labels : labels
  const isInPlace = addedInPlace(current, wanted)
  const hasNew = wanted.some((value) => !current.includes(value))
  const steps = renameValues(type.name, usedRenames)
  // A label that was just added cannot be used in the same transaction (55P04), so a possibly new default
  // needs the rewrite.
  if (isInPlace && !(hasNew && change.isDefaultChanged))
    return [...steps, ...addValues(type.name, current, wanted)]
  return [...steps, ...replaceType(before, change, type.name, current)]
}
