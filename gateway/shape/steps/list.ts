// Lists of records. In: a PgSelect of an object and the arguments of a connection field; out: a ConnectionStep whose rows are
// filtered, sorted and cut by gateway/query. Plans are cached per document, so nothing here looks at an argument while
// planning: every value is read in callbacks that run with the request.

import type { PgSelectQueryBuilder, PgSelectSingleStep, PgSelectStep } from 'postgraphile/@dataplan/pg'
import {
  access,
  type ConnectionStep,
  connection,
  constant,
  type EdgeStep,
  each,
  lambda,
  type Step,
} from 'postgraphile/grafast'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { compileCursor, cursorSelect, encodeCursor } from '../../records/read/cursor.ts'
import { compileFilter } from '../../records/read/filter.ts'
import { compileOrder, type OrderTerm } from '../../records/read/order.ts'
import { type Page, type PageArguments, parsePage } from '../../records/read/pageArguments.ts'
import { viewOf } from '../view.ts'
import { CODECS } from './codec.ts'
import { createFragmentEmitter, type FragmentEmitter, ROW } from './fragment.ts'

export type RecordEdge = EdgeStep<unknown, PgSelectSingleStep>
export type RecordList = ConnectionStep<unknown, PgSelectSingleStep, Step, RecordEdge, string, PgSelectStep>

/** The arguments of a field, or what stands in for them. */
export interface ListArguments {
  readonly getRaw: (name: string) => Step
}

const CURSOR = 'cursor'
const SIDE = 'side'
const EMPTY = 'empty'

type Flag = 'hasNextPage' | 'hasPreviousPage'

/** Where the cursor's values stand in a row, and what they are called. */
interface CursorColumn {
  readonly index: number
  readonly terms: readonly OrderTerm[]
}

/** The rows that the filter allows, in the key's order or that of `orderBy`. */
const sortAndCut = (
  qb: PgSelectQueryBuilder,
  e: FragmentEmitter,
  terms: readonly OrderTerm[],
  page: Page | null,
): void => {
  for (const { sql, direction, nulls, isNullable } of terms)
    qb.orderBy({
      fragment: e.fragment(sql, qb.alias),
      codec: CODECS.string,
      direction: direction === 'asc' ? 'ASC' : 'DESC',
      ...(isNullable ? { nulls: nulls === 'first' ? 'FIRST' : 'LAST' } : {}),
    })
  // The terms end with the key already.
  qb.setOrderIsUnique()
  if (page?.cursor)
    qb.where(e.fragment(compileCursor(e, terms, page.cursor.text, page.cursor.side), qb.alias))
}

const pageOf = (args: ListArguments, isNested: boolean): Step<Page> => {
  const raw = (name: keyof PageArguments): Step => args.getRaw(name)
  return lambda(
    {
      first: raw('first'),
      last: raw('last'),
      offset: raw('offset'),
      before: raw('before'),
      after: raw('after'),
    },
    (given: PageArguments) => parsePage(given, isNested),
  )
}

/**
 * @param $select rows of the object, narrowed by nothing but the relation that leads to them
 * @param isNested whether the list stands inside a record
 */
export const planList = (
  wholeModel: Model,
  wholeObject: ObjectModel,
  $select: PgSelectStep,
  args: ListArguments,
  isNested: boolean,
): RecordList => {
  const { model, object } = viewOf(wholeModel, wholeObject)
  const $page = pageOf(args, isNested)
  let needsCursor = false
  $select.apply(
    lambda(
      // An object that nothing can sort has no such argument.
      [args.getRaw('filter'), args.getRaw('orderBy') ?? constant(undefined), $page],
      ([filter, orderBy, page]) =>
        (qb: PgSelectQueryBuilder) => {
          const e = createFragmentEmitter()
          qb.where(e.fragment(compileFilter(e, model, object, ROW, filter), qb.alias))
          if (qb.mode === 'aggregate') return
          const terms = compileOrder(e, model, object, ROW, toList(orderBy))
          sortAndCut(qb, e, terms, page)
          qb.setMeta(SIDE, page.cursor?.side)
          qb.setMeta(EMPTY, flagOfEmpty(page))
          if (!needsCursor) return
          const index = qb.selectAndReturnIndex(
            e.fragment(`(${cursorSelect(terms)})::pg_catalog.text`, qb.alias),
          )
          qb.setMeta(CURSOR, { index, terms } satisfies CursorColumn)
        },
    ),
  )
  $select.setFirst(lambda($page, ({ first }) => rowsToRead(first)))
  $select.setLast(lambda($page, ({ last }) => rowsToRead(last)))
  $select.setOffset(access($page, 'offset'))
  // PostGraphile's own cursors name the order they were made for by a digest; ours are REST's.
  Object.assign($select, {
    cursorForItem: ($row: Step<readonly (string | null)[] | null>): Step => {
      needsCursor = true
      return lambda([$row, $select.getMeta(CURSOR)], ([row, column]) => cursorOf(row, column))
    },
  })
  // The page is set on the select, not here: a connection that is told of one would read it even for a total alone.
  return connection($select)
}

/** The flag that a record tells whose page is to hold none; undefined for all other pages. */
const flagOfEmpty = ({ first, last }: Page): Flag | undefined =>
  first === 0 ? 'hasNextPage' : last === 0 ? 'hasPreviousPage' : undefined

/** A page of nothing reads one record, to know whether there are more. */
const rowsToRead = (count: number | null): number | null => (count === 0 ? 1 : count)

const emptyOf = ($list: RecordList): Step => $list.getSubplan().getMeta(EMPTY)

/** The edges of the page. */
export const edgesOf = ($list: RecordList): Step => {
  // Asks for the rows; its own steps are left out of the plan again.
  $list.edges()
  const $shown = lambda([access($list, 'items'), emptyOf($list)], ([items, empty]) =>
    empty === undefined ? items : [],
  )
  return each($shown, ($item) => $list.edgePlan($item))
}

/**
 * Whether there are more records on a side of the page.
 * @param side where at least the record of the page's cursor lies beyond the page
 */
export const isMore = ($list: RecordList, flag: Flag, side: 'after' | 'before'): Step =>
  lambda(
    [
      $list.pageInfo().get(flag),
      $list.getSubplan().getMeta(SIDE),
      emptyOf($list),
      access<readonly unknown[] | null>($list, 'items'),
    ],
    ([more, cursorSide, empty, items]) =>
      more === true || cursorSide === side || (empty === flag && Boolean(items?.length)),
  )

/** The cursor of the page's first or last record. */
export const cursorOn = ($list: RecordList, side: 'startCursor' | 'endCursor'): Step =>
  lambda([$list.pageInfo().get(side), emptyOf($list)], ([text, empty]): unknown =>
    empty === undefined ? text || null : null,
  )

/** One `orderBy` object may stand for a list of one (GraphQL specification §3.11). */
const toList = (orderBy: unknown): readonly unknown[] | undefined =>
  orderBy === null || orderBy === undefined ? undefined : Array.isArray(orderBy) ? orderBy : [orderBy]

const isCursorColumn = (value: unknown): value is CursorColumn =>
  typeof value === 'object' && value !== null && 'terms' in value

const cursorOf = (row: readonly (string | null)[] | null, column: unknown): string | null => {
  if (row === null || row === undefined || !isCursorColumn(column)) return null
  // Rows that nothing puts in order have no place to come back to.
  if (column.terms.length === 0) return ''
  const values: unknown = JSON.parse(row[column.index] ?? '[]')
  return Array.isArray(values) ? encodeCursor(column.terms, values) : null
}
