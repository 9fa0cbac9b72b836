// A planned change of the model: statements with their locks and affected rows, and the registry rows.
// object.ts, field.ts and indexes.ts plan it from a description; alter.ts runs it.

import { inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { type Build, type BuildPurpose, buildOf, type IndexDetails } from '../../ddl/buildStep.ts'
import type { IndexPlan, LargeTableIndex } from '../../ddl/plan.ts'
import { createIndex, printedPredicate } from '../../ddl/statement.ts'
import type { Described } from '../../describe/catalogRef.ts'
import type { RowEffect } from '../../metadata.ts'
import type { FieldAnnotationRow, FieldFace, ObjectAnnotationRow } from '../../read/registry.ts'
import { isSmall } from './tableSize.ts'

export type LockMode = 'ACCESS EXCLUSIVE' | 'SHARE ROW EXCLUSIVE' | 'SHARE UPDATE EXCLUSIVE' | 'SHARE'

export interface TableLock {
  readonly table: string
  readonly mode: LockMode
  readonly why: string
}

/** A rename that a statement performs. */
export interface Renamed {
  readonly kind: 'table' | 'column' | 'constraint' | 'index' | 'type' | 'sequence'
  /** For columns and constraints: the table's name at that point. */
  readonly table?: string
  readonly from: string
  readonly to: string
}

/** An operation that the kind of the table may forbid. */
export interface Demand {
  readonly table: string
  readonly action:
    | 'addColumn'
    | 'dropColumn'
    | 'renameColumn'
    | 'changeType'
    | 'setDefault'
    | 'setNotNull'
    | 'dropNotNull'
    | 'index'
    | 'uniqueIndex'
    | 'foreignKey'
    | 'referenced'
  /** Names at the time the statement runs. */
  readonly columns: readonly string[]
}

/** One statement, with the schema placeholder. */
export interface Step {
  readonly sql: string
  readonly renamed?: Renamed
  readonly demands?: readonly Demand[]
  /** Locks on tables that existed before. */
  readonly locks?: readonly TableLock[]
  readonly rows?: readonly { readonly table: string; readonly effect: RowEffect }[]
  /** Of a step that runs after the transaction. */
  readonly build?: Build
  /** The column that it gives its default: otherwise on a cluster (clusterStep.ts). */
  readonly fills?: { readonly table: string; readonly column: string }
}

export interface ObjectWrite {
  readonly id: string
  /** Name after the change. */
  readonly table: string
  readonly annotation: ObjectAnnotationRow
}

export interface FieldWrite {
  readonly id: string
  readonly objectId: string
  readonly table: string
  readonly column: string
  readonly face: FieldFace
  readonly annotation: FieldAnnotationRow
}

export interface SchemaChange {
  /** Id of the requested thing; for an index, its name. */
  readonly id: string
  /** Run in one transaction. */
  readonly steps: readonly Step[]
  /** Jobs after it, each on its own: steps that would hold locks for as long as a scan of a big table. */
  readonly afterwards?: readonly Step[]
  readonly objects?: readonly ObjectWrite[]
  readonly fields?: readonly FieldWrite[]
  /** Ids whose rows are deleted. */
  readonly forgotten?: readonly string[]
  /** Checks the result of the steps inside their transaction; rejecting rolls them back. */
  readonly check?: (after: Described) => Promise<void>
}

/** A statement that changes a table and locks it exclusively for a moment. */
export const alterTable = (
  table: string,
  clauses: readonly string[],
  why: string,
  demands: readonly Omit<Demand, 'table'>[] = [],
): Step => ({
  sql: `alter table ${inWorkspace(table)} ${clauses.join(', ')}`,
  demands: demands.map((demand) => ({ ...demand, table })),
  locks: [{ table, mode: 'ACCESS EXCLUSIVE', why }],
})

/** Builds an index: directly on small tables, concurrently on big ones. */
export const buildIndex = (
  before: Described,
  table: string,
  index: IndexPlan,
  purpose: BuildPurpose,
): { readonly steps: readonly Step[]; readonly afterwards: readonly Step[] } => {
  const why = `builds the index ${index.name}`
  const rows = [{ table, effect: 'scan' as const }]
  const action = index.unique ? ('uniqueIndex' as const) : ('index' as const)
  const demands = [{ table, action, columns: index.columns }]
  if (isSmall(before, table))
    return {
      steps: [{ sql: createIndex(table, index), demands, locks: [{ table, mode: 'SHARE', why }], rows }],
      afterwards: [],
    }
  return { steps: [], afterwards: [{ ...buildIndexConcurrently(table, index, purpose), demands }] }
}

/** The keys with other names of the columns, which they begin with. */
const keysOf = ({ keys, columns }: IndexPlan, names: readonly string[]): IndexPlan['keys'] =>
  keys?.map((key, place) => {
    const [from, to] = [columns[place] ?? '', names[place] ?? ''].map(quoteIdentifier)
    return from !== undefined && to !== undefined && key.startsWith(from) ? to + key.slice(from.length) : key
  })

const detailsOf = (index: IndexPlan & Partial<Pick<LargeTableIndex, 'options'>>): IndexDetails => ({
  method: index.method,
  unique: index.unique,
  options: index.options ?? index.columns.map(() => 0),
  classes: index.columns.map((_, place) => index.keys?.[place]?.match(/[.]([a-z_]+_ops)$/)?.[1] ?? ''),
  predicate: printedPredicate(index),
})

/** An index of a table that requests use meanwhile. */
export const buildIndexConcurrently = (table: string, index: IndexPlan, purpose: BuildPurpose): Step => ({
  ...buildOf(
    { purpose, table, columns: index.columns, index: index.name, details: detailsOf(index) },
    (names) => {
      const keys = keysOf(index, names.columns)
      const named = {
        ...index,
        name: names.index,
        columns: names.columns,
        ...(keys === undefined ? {} : { keys }),
      }
      return createIndex(names.table, named, ' concurrently')
    },
  ),
  locks: [{ table, mode: 'SHARE UPDATE EXCLUSIVE', why: `builds the index ${index.name} concurrently` }],
  rows: [{ table, effect: 'scan' }],
})

export const dropIndex = (table: string, name: string): Step => ({
  sql: `drop index ${inWorkspace(name)}`,
  locks: [{ table, mode: 'ACCESS EXCLUSIVE', why: `drops the index ${name}` }],
})

export const dropType = (name: string): Step => ({ sql: `drop type ${inWorkspace(name)}` })

export const renameColumn = (table: string, from: string, to: string): Step => ({
  ...alterTable(
    table,
    [`rename column ${quoteIdentifier(from)} to ${quoteIdentifier(to)}`],
    `renames ${from}`,
    [{ action: 'renameColumn', columns: [from] }],
  ),
  renamed: { kind: 'column', table, from, to },
})
