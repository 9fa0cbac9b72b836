// Answers to requests that read. In: a call and what it asks for; out: status and body, in the envelopes of
// the contract.

import { isRecord } from '../../tenants/model/json.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { createParams } from '../records/params.ts'
import { findAggregates } from '../records/read/aggregate.ts'
import { likenessesOf } from '../records/read/duplicates.ts'
import { compileKey } from '../records/read/key.ts'
import type { Page } from '../records/read/pageArguments.ts'
import { createRun, type Row, sqlOf } from '../records/run.ts'
import { duplicatesStatement } from '../records/select/duplicates.ts'
import { groupsStatement, planGroups } from '../records/select/groups.ts'
import {
  type CompiledStatement,
  compileList,
  type ListPlan,
  listStatement,
  planList,
} from '../records/select/list.ts'
import { createScope } from '../records/select/nestedList.ts'
import { type PlanScope, planRecord, type RecordPlan } from '../records/select/record.ts'
import { fromTable } from '../records/select/written.ts'
import type { ListPage, ListSelection, RecordSelection } from '../records/selection.ts'
import { type Answer, type Call, recordAnswer, theRow } from './call.ts'
import { parseKey } from './plan.ts'
import type { Page as PageParameters, RestRequestOf, Shown } from './request.ts'
import { perDepth, shownSelection } from './selection.ts'

const pageInfoOf = ({ rows, cursor, hasNextPage, hasPreviousPage }: ListPage): string =>
  JSON.stringify({
    startCursor: cursor(rows[0]),
    endCursor: cursor(rows.at(-1)),
    hasNextPage,
    hasPreviousPage,
  })

const recordsOf = ({ rows, record }: ListPage): string => `[${rows.map((row) => record(row, 0)).join(',')}]`

const listOf = (selection: RecordSelection, write: ListSelection['write']): ListSelection => ({
  object: selection.object,
  records: [selection],
  aggregates: findAggregates(selection.object, ['totalCount']),
  needsRows: true,
  needsCursor: true,
  needsMore: true,
  write,
})

interface Planned<Plan> {
  readonly scope: PlanScope
  readonly plan: Plan
}

/** `{"data":{"companies":[…]},"totalCount":…,"pageInfo":{…}}` */
const pages = perDepth((selection, model): Planned<ListPlan> => {
  const scope = createScope(model)
  const name = selection.object.namePlural
  const write = (page: ListPage): string =>
    `{"data":{"${name}":${recordsOf(page)}},"totalCount":${page.aggregate('totalCount')},"pageInfo":${pageInfoOf(page)}}`
  return { scope, plan: planList(scope, listOf(selection, write)) }
})

const pageOf = ({ limit, after, before }: PageParameters): Page => {
  const isBackward = before !== undefined
  const text = after ?? before
  return {
    first: isBackward ? null : limit,
    last: isBackward ? limit : null,
    offset: null,
    cursor: text === undefined ? null : { side: isBackward ? 'before' : 'after', text },
  }
}

export type PageRequest = Pick<RestRequestOf<'findMany'>, 'filter' | 'orderBy' | 'page' | 'shown'>

export interface Compiled extends CompiledStatement {
  readonly values: readonly (string | null)[]
}

/** A page of records and how many match. */
export const compileFindMany = (
  model: Model,
  object: ObjectModel,
  { filter, orderBy, page, shown }: PageRequest,
): Compiled => {
  const { scope, plan } = pages(model, object, shown)
  const e = createParams()
  const run = createRun(e)
  const list = compileList(scope, plan, { filter, orderBy, page: pageOf(page), isLenient: true }, run)
  return { ...listStatement(plan, list, run), values: e.values }
}

export const findMany = async (
  { model, object, read }: Call,
  request: RestRequestOf<'findMany'>,
): Promise<Answer> => {
  const statement = compileFindMany(model, object, request)
  return { status: 200, body: statement.write(await read(statement)) }
}

/** The record's alias where its statement has no other. */
const RECORD = 't'

const records = perDepth((selection, model): RecordPlan => planRecord(createScope(model), selection, RECORD))

/** One record, or no row. */
export const compileFindOne = (
  model: Model,
  object: ObjectModel,
  key: ReadonlyMap<string, unknown>,
  shown: Shown,
) => {
  const record = records(model, object, shown)
  const e = createParams()
  const run = createRun(e)
  const columns = record.columns.map((sql) => sqlOf(sql, run))
  const joins = record.joins.map((sql) => sqlOf(sql, run)).join('')
  const where = compileKey(e, object, RECORD, key)
  return {
    text: `select ${columns.length === 0 ? 'null' : columns.join(', ')} from ${fromTable(object, RECORD)}${joins} where ${where}`,
    values: e.values,
    write: (row: Row): string => record.write(row, 0, run),
  }
}

export const findOne = async (
  { model, object, read }: Call,
  { key, shown }: RestRequestOf<'findOne'>,
): Promise<Answer> => {
  const statement = compileFindOne(model, object, parseKey(object, key), shown)
  const row = theRow(await read(statement))
  return { status: 200, body: recordAnswer(object.nameSingular, statement.write(row)) }
}

/**
 * `[{"groupByDimensionValues":["NEW"],"totalCount":4,"records":[…]}]`: the contract's answer is the bare
 * array.
 */
export const groupBy = async (
  { model, object, read }: Call,
  { groups, shown }: RestRequestOf<'groupBy'>,
): Promise<Answer> => {
  const scope = createScope(model)
  const { aggregates, hasRecords, ...request } = groups
  const names = [...new Set(aggregates)]
  const plan = planGroups(scope, {
    object,
    aggregates: names,
    sample: hasRecords
      ? { records: [shownSelection(model, object, shown)], needsCursor: false, needsMore: false }
      : null,
    write: ({ dimensions, aggregate, page }) => {
      const told = names.map((name) => `,"${name}":${aggregate(name)}`).join('')
      const sample = hasRecords ? `,"records":${recordsOf(page)}` : ''
      return `{"groupByDimensionValues":[${dimensions.join(',')}]${told}${sample}}`
    },
  })
  const e = createParams()
  const run = createRun(e)
  const statement = groupsStatement(scope, plan, { ...request, isLenient: true, offsetForRecords: 0 }, run)
  return { status: 200, body: statement.write(await read({ ...statement, values: e.values })) }
}

/**
 * `{"data":[{"personDuplicates":[…],"totalCount":1,"pageInfo":{…}}]}`: one list per item asked about, in
 * their order.
 */
export const duplicates = async (
  { model, object, requestContext, read, readBody }: Call,
  { shown }: RestRequestOf<'duplicates'>,
): Promise<Answer> => {
  const body = await readBody()
  const { ids, data }: Readonly<Record<string, unknown>> = isRecord(body) ? body : {}
  const items = likenessesOf(model, object, ids, data, requestContext.maxBatchRecords)
  const scope = createScope(model)
  const write = (page: ListPage): string => {
    const { hasNextPage, hasPreviousPage, rows, cursor } = page
    const pageInfo = {
      hasNextPage,
      hasPreviousPage,
      startCursor: cursor(rows[0]),
      endCursor: cursor(rows.at(-1)),
    }
    return `{"${object.nameSingular}Duplicates":${recordsOf(page)},"totalCount":${page.aggregate('totalCount')},"pageInfo":${JSON.stringify(pageInfo)}}`
  }
  const plan = planList(scope, listOf(shownSelection(model, object, shown), write))
  const e = createParams()
  const statement = duplicatesStatement(scope, plan, items, createRun(e))
  const rows = await read({ ...statement, values: e.values })
  return { status: 200, body: `{"data":${statement.write(rows)}}` }
}
