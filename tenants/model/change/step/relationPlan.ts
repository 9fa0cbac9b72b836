// The DDL of a relation: a column of the target's key type, a foreign key and an index, with the registry
// rows. Both tables may be big, so nothing here reads them under a lock: on tables that have rows the key is
// added unvalidated, and validated afterwards.

import { inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { buildOf } from '../../ddl/buildStep.ts'
import type { ColumnPlan } from '../../ddl/plan.ts'
import { addForeignKey, columnClause, commentOnColumn } from '../../ddl/statement.ts'
import type { RelationDefinition } from '../../definition.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { derivedIdentifier } from '../../identifier.ts'
import type { ToOneField } from '../../model.ts'
import { toSnakeCase } from '../../name.ts'
import { freeConstraintName } from '../check/freeName.ts'
import { alterTable, buildIndex, type Step } from '../run/schemaChange.ts'
import { isSmall } from '../run/tableSize.ts'

interface RelationPlan {
  readonly column: string
  readonly steps: readonly Step[]
  readonly afterwards: readonly Step[]
}

interface WantedRelation {
  readonly table: string
  /** Name of the to-one relation; the column is `<name>_id`. */
  readonly name: string
  readonly comment: string
  readonly targetTable: string
  readonly targetKey: { readonly column: string; readonly sql: string }
  readonly onDelete: RelationDefinition['onDelete']
}

/** The column of a relation; code that assigns a new name checks that Postgres does not truncate it. */
export const joinColumnOf = (relationName: string): string => `${toSnakeCase(relationName)}_id`

/** Validates the existing rows of a key that was added unvalidated. */
const validateKey = (table: string, columns: readonly string[], constraint: string): Step => ({
  ...buildOf(
    { purpose: 'relation', table, columns, constraint },
    (names) =>
      `alter table ${inWorkspace(names.table)} validate constraint ${quoteIdentifier(names.constraint)}`,
  ),
  locks: [{ table, mode: 'SHARE UPDATE EXCLUSIVE', why: `validates the foreign key ${constraint}` }],
  rows: [{ table, effect: 'scan' }],
})

/**
 * Changes the delete action of a relation. Postgres cannot alter it, so the key is recreated.
 * @param nameAfter of the constraint, if the same change renames it; with its columns.
 */
export const changeOnDelete = (
  before: Described,
  table: string,
  toOne: ToOneField,
  onDelete: RelationDefinition['onDelete'],
  nameAfter = toOne.constraint,
  columnsAfter = toOne.columns,
): Pick<RelationPlan, 'steps' | 'afterwards'> => {
  const { constraint, target } = toOne
  const [column = ''] = toOne.columns
  const [targetColumn = 'id'] = toOne.targetColumns
  const small = isSmall(before, table)
  const key = { name: constraint, column, targetTable: target, targetColumn, onDelete }
  const why = `changes what the foreign key ${constraint} does`
  return {
    steps: [
      alterTable(table, [`drop constraint ${quoteIdentifier(constraint)}`], why),
      {
        sql: addForeignKey(table, key, small ? '' : ' not valid'),
        locks: [table, target].map((each) => ({ table: each, mode: 'SHARE ROW EXCLUSIVE' as const, why })),
        ...(small ? { rows: [{ table, effect: 'scan' as const }] } : {}),
      },
    ],
    afterwards: small ? [] : [validateKey(table, columnsAfter, nameAfter)],
  }
}

export const planRelation = (before: Described, wanted: WantedRelation): RelationPlan => {
  const { table, targetTable, targetKey } = wanted
  const column: ColumnPlan = {
    name: joinColumnOf(wanted.name),
    sql: targetKey.sql,
    notNull: false,
    default: null,
    generated: null,
    comment: wanted.comment,
  }
  const constraint = freeConstraintName(before, table, derivedIdentifier([table, column.name], 'fkey'))
  const small = isSmall(before, table)
  const index = buildIndex(
    before,
    table,
    {
      name: before.names.relation(derivedIdentifier([table, column.name], 'idx')),
      columns: [column.name],
      method: 'btree',
      unique: false,
    },
    'relation',
  )
  const foreignKey: Step = {
    sql: addForeignKey(
      table,
      {
        name: constraint,
        column: column.name,
        targetTable,
        targetColumn: targetKey.column,
        onDelete: wanted.onDelete,
      },
      small ? '' : ' not valid',
    ),
    demands: [
      { table, action: 'foreignKey', columns: [column.name] },
      { table: targetTable, action: 'referenced', columns: [targetKey.column] },
    ],
    locks: [table, targetTable].map((each) => ({
      table: each,
      mode: 'SHARE ROW EXCLUSIVE' as const,
      why: `adds the foreign key ${constraint}`,
    })),
  }
  return {
    column: column.name,
    steps: [
      alterTable(table, [`add column ${columnClause(column)}`], `adds the column ${column.name}`, [
        { action: 'addColumn', columns: [column.name] },
      ]),
      { sql: commentOnColumn(table, column) },
      foreignKey,
      ...index.steps,
    ],
    afterwards: [...(small ? [] : [validateKey(table, [column.name], constraint)]), ...index.afterwards],
  }
}
