// Lists of duplicates: one for each given record or piece of data, all in one statement; and the JSON of each
// list in the order of the items.

import { quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Row, Run } from '../run.ts'
import { compileList, type ListPlan, writeList } from '../select/list.ts'
import type { PlanScope } from '../select/record.ts'
import type { CompiledStatement } from '../select/total.ts'
import {
  compileLikenesses,
  idColumnOf,
  isDuplicate,
  itemOfRow,
  type Likeness,
  MAX_DUPLICATES,
} from './likeness.ts'

const ITEM = 'item'

/** A row: the item's position, its aggregates, whether there is a record, and that record's columns. */
export const duplicatesStatement = (
  scope: PlanScope,
  plan: ListPlan,
  items: readonly Likeness[],
  run: Run,
): CompiledStatement => {
  const { object } = plan.selection
  const list = compileList(
    scope,
    plan,
    {
      filter: undefined,
      orderBy: null,
      page: { first: MAX_DUPLICATES, last: null, offset: null, cursor: null },
      link: isDuplicate(object, plan.alias, itemOfRow(object, ITEM)),
      isFixed: true,
    },
    run,
  )
  const asked = compileLikenesses(run.e, object, items)
  const counted = list.aggregates === null ? '' : ` cross join lateral (${list.aggregates}) counted`
  const totals = plan.aggregates.map((_, index) => `counted.a${index}`)
  const id = quoteIdentifier('id of duplicate')
  const columns = list.columns.map((sql, index) => `${sql} as c${index}`).join(', ')
  const own = `${plan.alias}.${quoteIdentifier(idColumnOf(object))}`
  const page =
    list.rows === null
      ? ''
      : ` left join lateral (select ${columns}, ${own} as ${id} from ${list.rows}) page on true`
  const read = list.rows === null ? [] : list.columns.map((_, index) => `page.c${index}`)
  const order = list.rows === null ? '' : `, page.${id}`
  const at = 1 + totals.length
  return {
    text: `select ${['item.place', ...totals, ...read].join(', ')} from (${asked}) ${ITEM}${counted}${page} order by item.place${order}`,
    write: (rows) => {
      const lists = [...Map.groupBy(rows, (row: Row) => row[0]).values()].map((members) => {
        const found = list.rows === null ? [] : members.filter((row) => row[at] !== null)
        return writeList(plan, list, found, members[0]?.slice(1, at) ?? [], run, at)
      })
      return `[${lists.join(',')}]`
    },
  }
}
