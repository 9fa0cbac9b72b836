// Backfills columns and makes them required without blocking a big table. Steps that read all rows are jobs
// after the transaction: the backfill commits range by range, and a check validated while readers and writers
// go on saves `set not null` its own scan.

import { inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { buildOf } from '../../ddl/buildStep.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { derivedIdentifier } from '../../identifier.ts'
import { freeConstraintName } from '../check/freeName.ts'
import { BRIEFLY } from '../run/lockTimeout.ts'
import { alterTable, type SchemaChange, type Step } from '../run/schemaChange.ts'

/** Pages whose rows are filled in one transaction: 8 MB. */
const STRETCH_PAGES = 1024

const fillSql = (table: string, column: string): string => {
  const name = quoteIdentifier(column)
  const fill = `update ${inWorkspace(table)} set ${name} = default where ${name} is null`
  return `do $fill$
declare
  page bigint := coalesce((select pg_catalog.pg_relation_size(tableoid) from ${inWorkspace(table)} limit 1), 0)
    / current_setting('block_size')::int;
begin
  while page > 0 loop
    page := page - ${STRETCH_PAGES};
    ${fill} and ctid >= format('(%s,0)', greatest(page, 0))::tid and ctid < format('(%s,0)', page + ${STRETCH_PAGES})::tid;
    commit;
  end loop;
  -- Rows that were changed meanwhile have moved.
  ${fill};
end $fill$`
}

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
        return `${BRIEFLY}; alter table ${inWorkspace(each.table)} ${[...clauses, drop].join(', ')}`
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
      const clauses = `drop constraint if exists ${name}, add constraint ${name} check (${conditionOf(names.columns)}) not valid`
      return `${BRIEFLY}; alter table ${inWorkspace(names.table)} ${clauses}`
    }),
    demands: [{ table, action: 'setNotNull', columns }],
    locks: [{ table, mode: 'ACCESS EXCLUSIVE', why: required.why }],
  }
  const fill = columns.map((column) => fillWithDefault(table, column))
  return [...fill, check, ...fill, ...validated(required, columns)]
}
