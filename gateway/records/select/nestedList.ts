// Lists inside records: a to-many relation as columns of the record's statement: the rows as JSON in one, the
// aggregates in another. Also the scope of a statement, which plans its lists with this.

import type { ToManyField } from '../../../tenants/model/model.ts'
import { NESTED_RECORDS } from '../read/pageArguments.ts'
import { linkOf, trashOfOwner } from '../read/relation.ts'
import type { ReadArguments, Row, Run } from '../run.ts'
import type { ListSelection } from '../selection.ts'
import { type CompiledList, compileList, type ListPlan, planList, writeList } from './list.ts'
import { type ListRequest, requestOf } from './listRequest.ts'
import { isFixed, NO_RUN, type PlanScope, type RelationPlan } from './record.ts'
import { TOTAL } from './total.ts'

const isRows = (value: unknown): value is Row[] => Array.isArray(value)

const rowsIn = (json: string | null | undefined): readonly Row[] => {
  const rows: unknown = json == null ? [] : JSON.parse(json)
  return isRows(rows) ? rows : []
}

const textsOf = (columns: readonly string[]): string =>
  `pg_catalog.to_json(array[${columns.map((sql) => `(${sql})::pg_catalog.text`).join(', ')}])`

const rowsColumn = ({ rows, columns }: CompiledList): string =>
  rows === null ? 'null' : `(select pg_catalog.json_agg(${textsOf(columns)}) from ${rows})`

const totalsColumn = (plan: ListPlan, { aggregates }: CompiledList): string =>
  aggregates === null
    ? 'null'
    : `(select ${textsOf(plan.aggregates.map((_, index) => `counted.a${index}`))} from (${aggregates}) counted)`

const FIRST_RECORDS: ListRequest = {
  filter: undefined,
  orderBy: null,
  page: { first: NESTED_RECORDS, last: null, offset: null, cursor: null },
  isFixed: true,
}

/** The first records, with and without a count of all; the same if no count is selected. */
const fixedLists = (scope: PlanScope, plan: ListPlan, link: string) => {
  const compiled = (count: Run['count']): CompiledList =>
    compileList(scope, plan, { ...FIRST_RECORDS, link }, { ...NO_RUN, count })
  const counted = compiled('exact')
  const hasTotal = plan.selection.aggregates.some(({ name }) => name === TOTAL)
  return { counted, uncounted: hasTotal ? compiled('none') : counted }
}

/**
 * Most records have no related rows, and checking that is much cheaper than sorting and aggregating nothing.
 */
const checkedRows = (list: CompiledList): string =>
  list.rows === null ? 'null' : `case when exists (select ${list.matching}) then ${rowsColumn(list)} end`

/** Read once for each run: a kept statement finds the values of conditions in the objects that have them. */
const requestIn = (read: ReadArguments): ((run: Run) => ListRequest) => {
  const requests = new WeakMap<Run, ListRequest>()
  return (run) => {
    const known = requests.get(run)
    if (known !== undefined) return known
    const request = requestOf(read(run), true)
    requests.set(run, request)
    return request
  }
}

/** A list inside a record: its rows as JSON in one column, and its aggregates in another. */
const nestedListPart = (
  scope: PlanScope,
  field: ToManyField,
  selection: ListSelection,
  parent: string,
  read: ReadArguments | undefined,
): RelationPlan => {
  const { object } = selection
  scope.related.add(object.table)
  const trash = trashOfOwner(field, object)
  const plan = planList(scope, selection, field.targetColumns)
  const link = linkOf(field, object, parent, plan.alias)
  const reads = [...field.columns, ...(trash === null ? [] : [trash.name])]
  const write = (list: CompiledList): RelationPlan['write'] => {
    return (row, offset, run) =>
      writeList(plan, list, rowsIn(row[offset]), rowsIn(`[${row[offset + 1] ?? '[]'}]`)[0] ?? [], run)
  }
  if (
    read === undefined &&
    plan.records.every((record) => [...record.columns, ...record.joins].every(isFixed))
  ) {
    const { counted, uncounted } = fixedLists(scope, plan, link)
    const listIn = ({ count }: Run): CompiledList => (count === 'none' ? uncounted : counted)
    return {
      columns:
        counted === uncounted
          ? [checkedRows(counted), totalsColumn(plan, counted)]
          : [(run) => checkedRows(listIn(run)), (run) => totalsColumn(plan, listIn(run))],
      reads,
      write: (row, offset, run) => write(listIn(run))(row, offset, run),
    }
  }
  const request = read === undefined ? () => FIRST_RECORDS : requestIn(read)
  if (read !== undefined) scope.nested.push(request)
  // Writing the list depends on results of compiling it.
  const lists = new WeakMap<Run, CompiledList>()
  const listIn = (run: Run): CompiledList => {
    const known = lists.get(run)
    if (known !== undefined) return known
    const list = compileList(scope, plan, { ...request(run), link }, run)
    lists.set(run, list)
    return list
  }
  return {
    columns: [(run) => rowsColumn(listIn(run)), (run) => totalsColumn(plan, listIn(run))],
    reads,
    write: (row, offset, run) => write(listIn(run))(row, offset, run),
  }
}

export const createScope = (model: PlanScope['model']): PlanScope => ({
  model,
  counts: { aliases: 0 },
  related: new Set(),
  nested: [],
  planList: (scope, { field, list, read }, alias) => nestedListPart(scope, field, list, alias, read),
})
