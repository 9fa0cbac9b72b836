// Backfills columns and makes them required without blocking a big table. Steps that read all rows are jobs
// after the transaction: the backfill commits range by range, and a check validated while readers and writers
// go on saves `set not null` its own scan.

import { inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { buildOf, inSequence } from '../../ddl/buildStep.ts'
import { fillSql } from '../../ddl/fill.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { derivedIdentifier } from '../../identifier.ts'
import { freeConstraintName } from '../check/freeName.ts'
import { BRIEFLY } from '../run/lockTimeout.ts'
import { alterTable, type SchemaChange, type Step } from '../run/schemaChange.ts'

/** Gives every row without a value the column's default, evaluated per row. Can be run again. */
export const fillWithDefault = (table: string, column: string): Step => ({
  ...buildOf({ purpose: 'default', table, columns: [column] }, ({ table: name, columns: [each = ''] }) =>
    fillSql(name, each),
  ),
  rows: [{ table, effect: 'update' }],
})

interface Requiring {
  readonly table: string
  readonly columns: readonly string[]
  readonly check: string
  readonly why: string
}

const requiring = (before: Described, table: string, columns: readonly string[]): Requiring => ({
  table,
  columns,
  check: freeConstraintName(before, table, derivedIdentifier([table, ...columns], 'required')),
  why: `requires ${columns.join(', ')}`,
})

const conditionOf = (columns: readonly string[]): string =>
  columns.map((column) => `${quoteIdentifier(column)} is not null`).join(' and ')

/** @param after names of the columns that the same change assigns. */
const validated = ({ table, columns, check, why }: Requiring, after: readonly string[]): readonly Step[] => {
  const names = { purpose: 'required' as const, table, columns: after, constraint: check }
  return [
    {
      ...buildOf(
        names,
        (each) =>
          `alter table ${inWorkspace(each.table)} validate constraint ${quoteIdentifier(each.constraint)}`,
      ),
      locks: [
        { table, mode: 'SHARE UPDATE EXCLUSIVE', why: `checks that ${columns.join(', ')} is never empty` },
      ],
      rows: [{ table, effect: 'scan' }],
    },
    {
      ...buildOf(names, (each) => {
        const clauses = each.columns.map((column) => `alter column ${quoteIdentifier(column)} set not null`)
        const drop = `drop constraint if exists ${quoteIdentifier(each.constraint)}`
        return inSequence([
          BRIEFLY,
          `alter table ${inWorkspace(each.table)} ${[...clauses, drop].join(', ')}`,
        ])
      }),
      locks: [{ table, mode: 'ACCESS EXCLUSIVE', why }],
    },
  ]
}

/**
 * Requires columns in which every row has a value: new rows at once, the column once all have been read.
 * @param after names that the same change assigns.
 */
export const requireLater = (
  before: Described,
  table: string,
  columns: readonly string[],
  after: readonly string[] = columns,
): Required<Pick<SchemaChange, 'steps' | 'afterwards'>> => {
  const required = requiring(before, table, columns)
  const clause = `add constraint ${quoteIdentifier(required.check)} check (${conditionOf(columns)}) not valid`
  return {
    steps: [alterTable(table, [clause], required.why, [{ action: 'setNotNull', columns }])],
    afterwards: validated(required, after),
  }
}

/**
 * Requires new columns once their default fills them. A check from the start would refuse every update of a
 * row that is not filled yet.
 */
export const requireFilled = (
  before: Described,
  table: string,
  columns: readonly string[],
): readonly Step[] => {
  const required = requiring(before, table, columns)
  const check: Step = {
    ...buildOf({ purpose: 'required', table, columns, constraint: required.check }, (names) => {
      const name = quoteIdentifier(names.constraint)
      const alter = `alter table ${inWorkspace(names.table)}`
      // Citus adds a constraint only in a statement of its own.
      return inSequence([
        BRIEFLY,
        `${alter} drop constraint if exists ${name}`,
        `${alter} add constraint ${name} check (${conditionOf(names.columns)}) not valid`,
      ])
    }),
    demands: [{ table, action: 'setNotNull', columns }],
    locks: [{ table, mode: 'ACCESS EXCLUSIVE', why: required.why }],
  }
  const fill = columns.map((column) => fillWithDefault(table, column))
  return [...fill, check, ...fill, ...validated(required, columns)]
}
