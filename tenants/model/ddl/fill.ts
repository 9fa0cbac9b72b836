// Fills a column of a large table, range by range.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'

/** Pages whose rows are filled in one transaction: 8 MB. */
const STRETCH_PAGES = 1024

/** @param value null: a trigger gives the default, on a cluster */
export const fillSql = (table: string, column: string, value: 'default' | 'null' = 'default'): string => {
  const name = quoteIdentifier(column)
  const fill = `update ${inWorkspace(table)} set ${name} = ${value} where ${name} is null`
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
