// Requests that read: their statements, and their answers in the envelopes of the contract. What a query
// string alone decides is prepared, so that it can be kept for the next request (preparedReads.ts).

import type { Statement } from '../../sql/statement.ts'
import type { CountMode } from '../../tenants/model/countMode.ts'
import { isRecord } from '../../tenants/model/json.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { duplicatesStatement } from '../records/duplicates/duplicateLists.ts'
import { likenessesOf } from '../records/duplicates/likeness.ts'
import { createParams } from '../records/params.ts'
import { findAggregates } from '../records/read/aggregate.ts'
import { keyTextsOf, planKey } from '../records/read/key.ts'
import { recordNotFound } from '../records/read/relation.ts'
import { createRun, sqlOf } from '../records/run.ts'
import { groupsStatement, planGroups } from '../records/select/groups.ts'
import { type ListPlan, planList } from '../records/select/list.ts'
import type { ListStatements } from '../records/select/listStatements.ts'
import { createScope } from '../records/select/nestedList.ts'
import { type PlanScope, planRecord, type RecordPlan } from '../records/select/record.ts'
import { type CompiledStatement, ESTIMATE_FLAG } from '../records/select/total.ts'
import { fromTable } from '../records/select/written.ts'
import type { ListSelection, RecordPage, RecordSelection } from '../records/selection.ts'
import type { RestAnswer, RestCall } from './call.ts'
import type { PathNames } from './parse.ts'
import type { RestRequestOf } from './restRequest.ts'
import { PLANNED_COLUMN_BYTES, perDepth, shownSelection } from './selection.ts'

const pageInfoOf = ({ rows, cursor, hasNextPage, hasPreviousPage }: RecordPage): string =>
  JSON.stringify({
    startCursor: cursor(rows[0]),
    endCursor: cursor(rows.at(-1)),
    hasNextPage,
    hasPreviousPage,
  })

const recordsOf = ({ rows, record }: RecordPage): string => `[${rows.map((row) => record(row, 0)).join(',')}]`

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

const totalOf = (page: RecordPage): string =>
  `"totalCount":${page.aggregate('totalCount')}${page.isEstimate ? `,"${ESTIMATE_FLAG}":true` : ''}`

/** `{"data":{"companies":[…]},"totalCount":…,"pageInfo":{…}}` */
const pages = perDepth((selection, model): Planned<ListPlan> => {
  const scope = createScope(model)
  const name = selection.object.namePlural
  const write = (page: RecordPage): string =>
    `{"data":{"${name}":${recordsOf(page)}},${totalOf(page)},"pageInfo":${pageInfoOf(page)}}`
  return { scope, plan: planList(scope, listOf(selection, write)) }
}, PLANNED_COLUMN_BYTES)

type FindManyRequest = Pick<RestRequestOf<'findMany'>, 'list' | 'count' | 'shown'>

interface Compiled extends CompiledStatement, Statement {}

/** A read with everything but the record that a path names. Its `write` throws Problem NOT_FOUND. */
export interface PreparedRead extends Compiled {
  readonly object: ObjectModel
  /** Values of the record's key, behind the others, from the path. Throws Problem BAD_USER_INPUT. */
  readonly keyValues: ((key: PathNames['key']) => readonly string[]) | null
  /** Whether the parameters leave it open how the total is found. */
  readonly takesCount: boolean
}

/**
 * A page of records and the number of matches.
 * @param preferred how the total is found unless the parameters name it
 */
export const prepareFindMany = (
  model: Model,
  object: ObjectModel,
  { list, count, shown }: FindManyRequest,
  preferred: CountMode,
  lists: ListStatements,
): PreparedRead => {
  const { scope, plan } = pages(model, object, shown)
  return {
    ...lists(scope, plan, list, { variables: {}, count: count ?? preferred }),
    object,
    keyValues: null,
    takesCount: count === null,
  }
}

/** Default alias of the record. */
const RECORD = 't'

const records = perDepth(
  (selection, model): RecordPlan => planRecord(createScope(model), selection, RECORD),
  PLANNED_COLUMN_BYTES,
)

/** One record, or no row. */
export const prepareFindOne = (
  model: Model,
  object: ObjectModel,
  { key, shown }: RestRequestOf<'findOne'>,
): PreparedRead => {
  // An object without a readable key refuses every path alike.
  keyTextsOf(object, key)
  const record = records(model, object, shown)
  const e = createParams()
  const run = createRun(e)
  const columns = record.columns.map((sql) => sqlOf(sql, run))
  const joins = record.joins.map((sql) => sqlOf(sql, run)).join('')
  const values = [...e.values]
  const { sql: where, valuesOf } = planKey(e, object, RECORD)
  const text = `select ${columns.length === 0 ? 'null' : columns.join(', ')} from ${fromTable(object, RECORD)}${joins} where ${where}`
  return {
    object,
    text,
    values,
    keyValues: valuesOf,
    takesCount: false,
    isKeyed: true,
    write: ([row]) => {
      if (row === undefined) throw recordNotFound()
      return `{"data":{"${object.nameSingular}":${record.write(row, 0, run)}}}`
    },
  }
}

/**
 * `[{"groupByDimensionValues":["NEW"],"totalCount":4,"records":[…]}]`: the contract's answer is the bare
 * array.
 */
export const prepareGroupBy = (
  model: Model,
  object: ObjectModel,
  { groups, shown }: RestRequestOf<'groupBy'>,
): PreparedRead => {
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
      const aggregated = names.map((name) => `,"${name}":${aggregate(name)}`).join('')
      const sample = hasRecords ? `,"records":${recordsOf(page)}` : ''
      return `{"groupByDimensionValues":[${dimensions.join(',')}]${aggregated}${sample}}`
    },
  })
  const e = createParams()
  const run = createRun(e)
  const statement = groupsStatement(scope, plan, { ...request, isLenient: true, offsetForRecords: 0 }, run)
  return { ...statement, values: e.values, object, keyValues: null, takesCount: false }
}

/**
 * `{"data":[{"personDuplicates":[…],"totalCount":1,"pageInfo":{…}}]}`: one list per given item, in their
 * order.
 */
export const duplicates = async (
  { model, object, requestContext, read, readBody }: RestCall,
  { shown }: RestRequestOf<'duplicates'>,
): Promise<RestAnswer> => {
  const body = await readBody()
  const { ids, data }: Readonly<Record<string, unknown>> = isRecord(body) ? body : {}
  const items = likenessesOf(model, object, ids, data, requestContext.maxBatchRecords)
  const scope = createScope(model)
  const write = (page: RecordPage): string => {
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
