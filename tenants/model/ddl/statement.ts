// Text of single DDL statements from plans (plan.ts), without semicolons. They name the workspace's schema by
// the placeholder; every identifier is quoted, every literal escaped.

import { escapeLiteral } from 'pg'
import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { ColumnPlan, EnumPlan, ForeignKeyPlan, IndexPlan } from './plan.ts'

const ON_DELETE = {
  CASCADE: 'cascade',
  SET_NULL: 'set null',
  RESTRICT: 'restrict',
  NO_ACTION: 'no action',
} as const satisfies Record<ForeignKeyPlan['onDelete'], string>

const columnList = (columns: readonly string[]): string => columns.map(quoteIdentifier).join(', ')

export const createEnum = ({ name, labels, comment }: EnumPlan): readonly string[] => [
  `create type ${inWorkspace(name)} as enum (${labels.map(escapeLiteral).join(', ')})`,
  `comment on type ${inWorkspace(name)} is ${escapeLiteral(comment)}`,
]

/** A column in `create table` or after `add column`. */
export const columnClause = (column: ColumnPlan): string =>
  [
    quoteIdentifier(column.name),
    column.sql,
    ...(column.notNull ? ['not null'] : []),
    ...(column.default === null ? [] : [`default ${column.default}`]),
    ...(column.generated === null ? [] : [`generated always as (${column.generated}) stored`]),
  ].join(' ')

export const commentOnTable = (table: string, comment: string): string =>
  `comment on table ${inWorkspace(table)} is ${escapeLiteral(comment)}`

export const commentOnColumn = (table: string, column: Pick<ColumnPlan, 'name' | 'comment'>): string =>
  `comment on column ${inWorkspace(table)}.${quoteIdentifier(column.name)} is ${escapeLiteral(column.comment)}`

const foreignKeyClause = (key: ForeignKeyPlan): string =>
  `constraint ${quoteIdentifier(key.name)} foreign key (${quoteIdentifier(key.column)}) ` +
  `references ${inWorkspace(key.targetTable)} (${quoteIdentifier(key.targetColumn ?? 'id')}) on delete ${ON_DELETE[key.onDelete]}`

interface TableKeys {
  /** Name of its constraint; the key is the column "id". */
  readonly primaryKey: string
  /** To tables that exist. */
  readonly foreignKeys: readonly ForeignKeyPlan[]
}

/** Foreign keys of a new table are not validated, which costs a query each when they are added later. */
export const createTable = (
  table: string,
  columns: readonly ColumnPlan[],
  { primaryKey, foreignKeys }: TableKeys,
): string => {
  const clauses = [
    ...columns.map(columnClause),
    `constraint ${quoteIdentifier(primaryKey)} primary key ("id")`,
    ...foreignKeys.map(foreignKeyClause),
  ]
  return `create table ${inWorkspace(table)} (\n  ${clauses.join(',\n  ')}\n)`
}

/** @param validity `not valid` skips the existing rows, so that nothing waits for a scan. */
export const addForeignKey = (table: string, key: ForeignKeyPlan, validity: '' | ' not valid' = ''): string =>
  `alter table ${inWorkspace(table)} add ${foreignKeyClause(key)}${validity}`

type Covered = Pick<IndexPlan, 'columns' | 'isLiveOnly' | 'omitsNulls'> &
  Partial<Pick<IndexPlan, 'unique' | 'hasNoTrash'>>

/** Tests of the records that an index covers; none: it covers all. */
const testsOf = ({ columns, unique, hasNoTrash, isLiveOnly, omitsNulls }: Covered) => {
  const isLive = isLiveOnly === true || (unique === true && hasNoTrash !== true)
  return [
    ...(isLive ? [{ column: 'deleted_at', test: 'is null' }] : []),
    ...(omitsNulls === true ? [{ column: columns[0] ?? '', test: 'is not null' }] : []),
  ]
}

/** The predicate as the catalog prints it, without quotation marks; null for an index of all records. */
export const printedPredicate = (index: Covered): string | null => {
  const tests = testsOf(index).map(({ column, test }) => `(${column} ${test.toUpperCase()})`)
  return tests.length > 1 ? `(${tests.join(' AND ')})` : (tests[0] ?? null)
}

/** @param how `concurrently` does not block writers, and cannot run in a transaction. */
export const createIndex = (table: string, index: IndexPlan, how: '' | ' concurrently' = ''): string => {
  const kind = (index.unique ? 'unique index' : 'index') + how
  const method = index.method === 'btree' ? '' : ` using ${index.method}`
  const keys = index.keys?.join(', ') ?? columnList(index.columns)
  const tests = testsOf(index).map(({ column, test }) => `${quoteIdentifier(column)} ${test}`)
  const where = tests.length === 0 ? '' : ` where ${tests.join(' and ')}`
  return `create ${kind} ${quoteIdentifier(index.name)} on ${inWorkspace(table)}${method} (${keys})${where}`
}

export const createSequence = (sequence: string): string => `create sequence ${inWorkspace(sequence)}`

/** Dropped together with its column. */
export const ownSequence = (sequence: string, table: string, column: string): string =>
  `alter sequence ${inWorkspace(sequence)} owned by ${inWorkspace(table)}.${quoteIdentifier(column)}`
