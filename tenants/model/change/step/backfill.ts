// Backfills columns and makes them required without blocking a big table. Steps that read all rows follow
// after the transaction: the backfill commits range by range, and a check validated while readers and writers
// go on saves `set not null` its own scan.

import { escapeLiteral } from 'pg'
import { inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { derivedIdentifier } from '../../identifier.ts'
import { freeConstraintName } from '../check/freeName.ts'
import { BRIEFLY } from '../run/lockTimeout.ts'
import { alterTable, type SchemaChange, type Step } from '../run/schemaChange.ts'

/** Pages whose rows are filled in one transaction: 8 MB. */
const STRETCH_PAGES = 1024

/** Gives every row without a value the column's default, evaluated per row. Can be run again. */
export const fillWithDefault = (table: string, column: string): Step => {
  const name = quoteIdentifier(column)
  const fill = `update ${inWorkspace(table)} set ${name} = default where ${name} is null`
  return {
    sql: `do $fill$
declare
  page bigint := pg_catalog.pg_relation_size(${escapeLiteral(inWorkspace(table))}) / current_setting('block_size')::int;
begin
  while page > 0 loop
    page := page - ${STRETCH_PAGES};
    ${fill} and ctid >= format('(%s,0)', greatest(page, 0))::tid and ctid < format('(%s,0)', page + ${STRETCH_PAGES})::tid;
    commit;
  end loop;
  -- Rows that were changed meanwhile have moved.
  ${fill};
end $fill$`,
    rows: [{ table, effect: 'update' }],
  }
}

/**
 * Requires columns in which every row has a value.
 * @param after names that the same change assigns.
 */
export const requireLater = (
  before: Described,
  table: string,
  columns: readonly string[],
  after: readonly string[] = columns,
): Required<Pick<SchemaChange, 'steps' | 'afterwards'>> => {
  const check = freeConstraintName(before, table, derivedIdentifier([table, ...columns], 'required'))
  const why = `requires ${columns.join(', ')}`
  const condition = columns.map((column) => `${quoteIdentifier(column)} is not null`).join(' and ')
  return {
    steps: [
      alterTable(table, [`add constraint ${quoteIdentifier(check)} check (${condition}) not valid`], why, [
        { action: 'setNotNull', columns },
      ]),
    ],
    afterwards: [
      {
        sql: `alter table ${inWorkspace(table)} validate constraint ${quoteIdentifier(check)}`,
        locks: [
          { table, mode: 'SHARE UPDATE EXCLUSIVE', why: `checks that ${columns.join(', ')} is never empty` },
        ],
        rows: [{ table, effect: 'scan' }],
      },
      briefly(
        alterTable(
          table,
          [
            ...after.map((column) => `alter column ${quoteIdentifier(column)} set not null`),
            `drop constraint ${quoteIdentifier(check)}`,
          ],
          why,
        ),
      ),
    ],
  }
}

const briefly = (step: Step): Step => ({ ...step, sql: `${BRIEFLY}; ${step.sql}` })
