// Statements of lists that are kept for further requests to the same plan, in both protocols. The key is what
// decides the SQL: the names in filters, orders, sizes of pages. Values of conditions are parameters. A value
// may change the text (`eq: ""` is another condition than `eq: "a"`), so each condition is compiled again,
// and the statement too unless the condition has the SQL that it had. Pages at a cursor, estimated totals and
// lists that a function returns are not kept.

import type { Statement } from '../../../sql/statement.ts'
import type { CacheBudget } from '../../cache/budget.ts'
import { createOwnedCache } from '../../cache/ownedCache.ts'
import { type CompileCondition, createParams, type Params, type UsedNames } from '../params.ts'
import { createRun, type Run } from '../run.ts'
import { type ConditionValue, structureOf } from './filterStructure.ts'
import { compileList, type ListPlan, listStatement } from './list.ts'
import { type ListRequest, RECORD_ARGUMENTS } from './listRequest.ts'
import type { PlanScope } from './record.ts'
import type { CompiledStatement } from './total.ts'

/** Requests of ever new structures take no room from schemas and permissions. */
const MOST_OF_BUDGET = 1 / 4
/**
 * Measured: of a statement and of each of its conditions. A character of text, key and values takes a byte,
 * and another where a list inside a record keeps its part of the text.
 */
const BYTES = { statement: 5_500, condition: 900, character: 2 }

interface KeptCondition {
  /** Of its value, among all of the request. */
  readonly index: number
  readonly compile: CompileCondition
  readonly sql: string
  /** What the text in front of it uses. */
  readonly before: UsedNames
}

interface KeptStatement extends CompiledStatement, Statement {
  readonly conditions: readonly KeptCondition[]
}

type Condition = Omit<KeptCondition, 'index'> & Pick<ConditionValue, 'operator'> & { readonly holder: object }

/** Parameters that note each condition's part of the text. */
const createNotingParams = () => {
  const params = createParams()
  const conditions: Condition[] = []
  const condition: NonNullable<Params['condition']> = (holder, operator, compile) => {
    const before = params.used()
    const sql = compile(params, holder[operator])
    conditions.push({ holder, operator, compile, sql, before })
    return sql
  }
  return { ...params, condition, conditions }
}

interface Structure {
  readonly key: string
  readonly values: readonly ConditionValue[]
}

/** Arguments whose values decide the SQL. */
const KEYED = RECORD_ARGUMENTS.filter((name) => name !== 'filter')

/** Null: the statement is not kept. */
const structureOfRequests = (requests: readonly ListRequest[], count: Run['count']): Structure | null => {
  const values: ConditionValue[] = []
  let key: string = count
  for (const request of requests) {
    const { filter, page, isLenient = false, link } = request
    if (page.cursor !== null || link !== undefined) return null
    const { first, last, offset } = page
    key += `;${isLenient},${first},${last},${offset}`
    for (const name of KEYED) key += `,${JSON.stringify(request[name])}`
    key += `,${structureOf(filter, values)}`
  }
  return values.some(({ holder }) => holder === null) ? null : { key, values }
}

/** The conditions with the places of their values; null where a value is in no condition of the text. */
const keptConditions = (
  conditions: readonly Condition[],
  values: readonly ConditionValue[],
): readonly KeptCondition[] | null => {
  const places = new Map<object, Map<string, number>>()
  for (const [index, { holder, operator }] of values.entries()) {
    if (holder === null) return null
    places.set(holder, (places.get(holder) ?? new Map<string, number>()).set(operator, index))
  }
  const found = conditions.flatMap(({ holder, operator, compile, sql, before }) => {
    const index = places.get(holder)?.get(operator)
    return index === undefined ? [] : [{ index, compile, sql, before }]
  })
  return new Set(found.map(({ index }) => index)).size === values.length ? found : null
}

/** The parameters of the kept text for these values; null if one of them asks for another text. */
const valuesFor = (
  { values, conditions }: KeptStatement,
  given: readonly ConditionValue[],
): Statement['values'] | null => {
  const filled = [...values]
  for (const { index, compile, sql, before } of conditions) {
    const e = createParams(before)
    if (compile(e, given[index]?.value) !== sql) return null
    for (const [at, value] of e.values.entries()) filled[before.params + at] = value
  }
  return filled
}

const bytesOf = (key: string, { text, values, conditions }: KeptStatement, { variables }: Run): number => {
  const own = values.reduce((sum, value) => sum + (value?.length ?? 0), key.length + text.length)
  // Writing a list inside a record needs its run, which has all variables of the request.
  const characters = own + JSON.stringify(variables).length
  return BYTES.statement + BYTES.condition * conditions.length + BYTES.character * characters
}

/** The statement of a list. Throws Problem BAD_USER_INPUT or FORBIDDEN. */
export type ListStatements = (
  scope: PlanScope,
  plan: ListPlan,
  request: ListRequest,
  given: Pick<Run, 'variables' | 'count'>,
) => CompiledStatement & Statement

/** Kept from the second request to a plan: most documents are sent once. They live as long as the plan. */
export const createListStatements = (budget: CacheBudget): ListStatements => {
  const kept = createOwnedCache<ListPlan, KeptStatement>(budget, {
    name: 'list statements',
    maxBytes: Math.ceil(budget.maxBytes * MOST_OF_BUDGET),
  })
  const used = new WeakSet<ListPlan>()

  return (scope, plan, request, { variables, count }) => {
    const e = createNotingParams()
    const run = createRun(e, variables, count)
    const requests = [request, ...scope.nested.map((nested) => nested(run))]
    const structure = used.has(plan) ? structureOfRequests(requests, count) : null
    used.add(plan)
    const known = structure === null ? undefined : kept.get(plan, structure.key)
    const values = known && structure ? valuesFor(known, structure.values) : null
    if (known !== undefined && values !== null) return { text: known.text, values, write: known.write }

    const list = compileList(scope, plan, request, run)
    const statement = { ...listStatement(plan, list, run), values: e.values }
    if (structure === null || list.estimate !== null) return statement
    const conditions = keptConditions(e.conditions, structure.values)
    if (conditions === null) return statement
    const made = { ...statement, conditions }
    kept.set(plan, structure.key, made, bytesOf(structure.key, made, run))
    return statement
  }
}
