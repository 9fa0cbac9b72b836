// Root fields that read, prepared once per operation: each runs one statement with the arguments of a request
// and writes the field's JSON. Root fields that write are in mutations.ts.

import type { FunctionModel, ObjectModel } from '../../tenants/model/model.ts'
import { Problem } from '../error/problem.ts'
import { duplicatesStatement } from '../records/duplicates/duplicateLists.ts'
import { likenessesOf } from '../records/duplicates/likeness.ts'
import { createParams, type Params } from '../records/params.ts'
import { compileAmong, compileCall, compileValues, readResult } from '../records/read/function.ts'
import { DEFAULT_GROUPS, MAX_GROUPS, refuseView } from '../records/read/groupBy.ts'
import { parsePage } from '../records/read/pageArguments.ts'
import { recordNotFound } from '../records/read/relation.ts'
import { compileSearch } from '../records/read/search.ts'
import { searchResults } from '../records/read/searchResults.ts'
import { type Arguments, createRun, type Row, type Run } from '../records/run.ts'
import { groupsStatement, planGroups } from '../records/select/groups.ts'
import { writeFlat, writeValue } from '../records/select/json.ts'
import { compileList, listStatement, planList } from '../records/select/list.ts'
import { coercedList, type ListRequest, requestOf } from '../records/select/listRequest.ts'
import { createScope } from '../records/select/nestedList.ts'
import { answerStatement, type CompiledStatement } from '../records/select/total.ts'
import type { ListSelection } from '../records/selection.ts'
import { answerHistory } from './history.ts'
import type { Meaning } from './meaning.ts'
import type { AnswerField, Execution, RootField } from './rootField.ts'
import { selectConnection, selectGroup } from './select/connection.ts'
import { projectJson } from './select/project.ts'
import { objectIn, type SelectScope, selectRecord } from './select/record.ts'

/** One statement. @param compile from the arguments */
const statement =
  (
    { read }: RootField,
    compile: (given: Arguments, run: Run, execution: Execution) => CompiledStatement | null,
  ): AnswerField =>
  async (execution) => {
    const e = createParams()
    const run = createRun(e, execution.variables, execution.count)
    const compiled = compile(read(run), run, execution)
    if (compiled === null) return 'null'
    return answerStatement({ ...compiled, values: e.values }, execution.read)
  }

type LinkOf = (e: Params, given: Arguments, alias: string) => string

const answerList = (
  scope: SelectScope,
  field: RootField,
  selection: ListSelection,
  requestFrom: (given: Arguments) => ListRequest,
  linkOf?: LinkOf,
): AnswerField => {
  const planScope = createScope(scope.model)
  const plan = planList(planScope, selection)
  if (linkOf === undefined)
    return async (execution) => {
      const request = requestFrom(field.read(execution))
      return answerStatement(execution.lists(planScope, plan, request, execution), execution.read)
    }
  return statement(field, (given, run) => {
    const link = linkOf(run.e, given, plan.alias)
    return listStatement(plan, compileList(planScope, plan, { ...requestFrom(given), link }, run), run)
  })
}

const connectionRequest = (given: Arguments): ListRequest => requestOf(given, false)

/** A list of one. */
const recordSelection = (
  scope: SelectScope,
  object: ObjectModel,
  { selected }: RootField,
  isRequired: boolean,
): ListSelection => ({
  object,
  records: [selectRecord(scope, object, selected)],
  aggregates: [],
  needsRows: true,
  needsCursor: false,
  needsMore: false,
  write: ({ rows: [row], record }) => {
    if (row !== undefined) return record(row, 0)
    if (isRequired) throw recordNotFound()
    return 'null'
  },
})

const FIRST = { first: 1, last: null, offset: null, cursor: null }

const firstRequest = ({ filter }: Arguments): ListRequest => ({ filter, orderBy: null, page: FIRST })

const limitOf = (value: unknown): number => {
  const limit = typeof value === 'number' ? value : DEFAULT_GROUPS
  if (limit >= 0 && limit <= MAX_GROUPS) return limit
  throw new Problem('BAD_USER_INPUT', `Limit argument must be between 0 and ${MAX_GROUPS}`, {
    subCode: 'INVALID_ARGS_PAGINATION',
  })
}

const answerGroups = (scope: SelectScope, field: RootField, object: ObjectModel): AnswerField => {
  const planScope = createScope(scope.model)
  const plan = planGroups(planScope, selectGroup(scope, object, field.selected))
  return statement(field, (given, run) => {
    refuseView(given.viewId)
    const { groupBy, filter, orderBy, limit, orderByForRecords, offsetForRecords: offset } = given
    const request = {
      groupBy: coercedList(groupBy) ?? [],
      filter,
      orderBy: coercedList(orderBy) ?? [],
      limit: limitOf(limit),
      isLenient: false,
      orderByForRecords: coercedList(orderByForRecords) ?? [],
      offsetForRecords: typeof offset === 'number' ? Math.max(0, offset) : 0,
    }
    return groupsStatement(planScope, plan, request, run)
  })
}

const answerDuplicates = (scope: SelectScope, field: RootField, object: ObjectModel): AnswerField => {
  const planScope = createScope(scope.model)
  const plan = planList(planScope, selectConnection(scope, object, field.selected))
  return statement(field, ({ ids, data }, run, { context }) =>
    duplicatesStatement(
      planScope,
      plan,
      likenessesOf(scope.model, object, ids, data, context.maxBatchRecords),
      // A record has few duplicates, so they are always counted.
      { ...run, count: 'exact' },
    ),
  )
}

const namesOf = (value: unknown): readonly string[] | null =>
  Array.isArray(value) ? value.filter((name) => typeof name === 'string') : null

const answerSearch = (scope: SelectScope, field: RootField): AnswerField => {
  const { model } = scope
  const write = (rows: readonly Row[], limit: number): string =>
    projectJson(field.type, searchResults(model, rows, limit), field.selected, scope)
  return async ({ variables, read }) => {
    const e = createParams()
    const given = field.read(createRun(e, variables))
    const { searchInput, limit, after, filter } = given
    const text = compileSearch(e, model, {
      searchInput: String(searchInput),
      limit: Number(limit),
      after: typeof after === 'string' && after !== '' ? after : null,
      included: namesOf(given.includedObjectNameSingulars),
      excluded: namesOf(given.excludedObjectNameSingulars),
      filter,
    })
    return write(text === null ? [] : await read({ text, values: e.values }), Number(limit))
  }
}

/**
 * JSON of a function's results.
 * @param rows one text each
 */
export const writeValues = (fn: FunctionModel, rows: readonly Row[]): string => {
  const form = readResult(fn, '')
  const isList = fn.result.kind === 'value' && fn.result.type.isArray
  const values = rows.map(([text]) => {
    const value = writeValue(text, form)
    return isList ? writeFlat(value) : value
  })
  return fn.isSet ? `[${values.join(',')}]` : (values[0] ?? 'null')
}

/** Values in the function's own order, capped like a list of records. */
const answerValues = (field: RootField, fn: FunctionModel): AnswerField =>
  statement(field, (given, { e }) => {
    const { first, offset } = parsePage(
      { first: numberOf(given.first), offset: numberOf(given.offset) },
      false,
    )
    const all = compileValues(compileCall(e, fn, given), fn)
    return {
      text: fn.isSet ? `${all} limit ${first ?? 'all'} offset ${offset ?? 0}` : all,
      write: (rows) => writeValues(fn, rows),
    }
  })

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)

/**
 * The function decides which records; the list's own arguments decide their number and order, and filter
 * them.
 */
const answerRecordsOf = (
  scope: SelectScope,
  field: RootField,
  fn: FunctionModel,
  object: ObjectModel,
): AnswerField => {
  const link: LinkOf = (e, given, alias) => compileAmong(compileCall(e, fn, given), object, alias)
  return fn.isSet
    ? answerList(scope, field, selectConnection(scope, object, field.selected), connectionRequest, link)
    : answerList(scope, field, recordSelection(scope, object, field, false), () => firstRequest({}), link)
}

export const answerQuery = (
  scope: SelectScope,
  field: RootField,
  of: Exclude<Meaning, { kind: 'write' | 'undo' | 'computed' | 'changes' }>,
): AnswerField => {
  const seen = (object: ObjectModel): ObjectModel => objectIn(scope.model, object)
  switch (of.kind) {
    case 'nothing':
      return async () => 'null'
    case 'list':
      return answerList(
        scope,
        field,
        selectConnection(scope, seen(of.object), field.selected),
        connectionRequest,
      )
    case 'record':
      return answerList(scope, field, recordSelection(scope, seen(of.object), field, true), firstRequest)
    case 'groups':
      return answerGroups(scope, field, seen(of.object))
    case 'duplicates':
      return answerDuplicates(scope, field, seen(of.object))
    case 'history':
      return answerHistory(scope, field, seen(of.object), of.keyOf)
    case 'search':
      return answerSearch(scope, field)
    case 'values':
      return answerValues(field, of.fn)
    case 'recordsOf':
      return answerRecordsOf(scope, field, of.fn, seen(of.object))
  }
}
