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

/** @param primaryKey name of its constraint; the key is the column "id". */
export const createTable = (table: string, columns: readonly ColumnPlan[], primaryKey: string): string => {
  const clauses = [
    ...columns.map(columnClause),
    `constraint ${quoteIdentifier(primaryKey)} primary key ("id")`,
  ]
  return `create table ${inWorkspace(table)} (\n  ${clauses.join(',\n  ')}\n)`
}

/** @param validity `not valid` skips the existing rows, so that nothing waits for a scan. */
export const addForeignKey = (table: string, key: ForeignKeyPlan, validity: '' | ' not valid' = ''): string =>
  `alter table ${inWorkspace(table)} add constraint ${quoteIdentifier(key.name)} foreign key (${quoteIdentifier(key.column)}) ` +
  `references ${inWorkspace(key.targetTable)} (${quoteIdentifier(key.targetColumn ?? 'id')}) on delete ${ON_DELETE[key.onDelete]}${validity}`

/** Whether it covers active records only. */
export const isPartial = (index: IndexPlan): boolean => index.unique && index.hasNoTrash !== true

/** @param how `concurrently` does not block writers, and cannot run in a transaction. */
export const createIndex = (table: string, index: IndexPlan, how: '' | ' concurrently' = ''): string => {
  const kind = (index.unique ? 'unique index' : 'index') + how
  const method = index.method === 'btree' ? '' : ` using ${index.method}`
  const keys = index.keys?.join(', ') ?? columnList(index.columns)
  const where = isPartial(index) ? ' where "deleted_at" is null' : ''
  return `create ${kind} ${quoteIdentifier(index.name)} on ${inWorkspace(table)}${method} (${keys})${where}`
}

export const createSequence = (sequence: string): string => `create sequence ${inWorkspace(sequence)}`

/** Dropped together with its column. */
export const ownSequence = (sequence: string, table: string, column: string): string =>
  `alter sequence ${inWorkspace(sequence)} owned by ${inWorkspace(table)}.${quoteIdentifier(column)}`
