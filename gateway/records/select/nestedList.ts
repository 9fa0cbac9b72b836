// Lists inside records: a to-many relation as columns of the record's statement: the rows as JSON in one, the
// aggregates in another. Also the scope of a statement, which plans its lists with this.

import type { ToManyField } from '../../../tenants/model/model.ts'
import { NESTED_RECORDS } from '../read/pageArguments.ts'
import { linkOf, trashOfOwner } from '../read/relation.ts'
import type { ReadArguments, Row, Run } from '../run.ts'
import type { ListSelection } from '../selection.ts'
import {
  type CompiledList,
  compileList,
  type ListPlan,
  type ListRequest,
  planList,
  requestOf,
  writeList,
} from './list.ts'
import { isFixed, NO_RUN, type Part, type PlanScope } from './record.ts'

const isRows = (value: unknown): value is Row[] => Array.isArray(value)

const rowsIn = (json: string | null | undefined): readonly Row[] => {
  const rows: unknown = json == null ? [] : JSON.parse(json)
  return isRows(rows) ? rows : []
}

const textsOf = (columns: readonly string[]): string =>
  `pg_catalog.to_json(array[${columns.map((sql) => `(${sql})::pg_catalog.text`).join(', ')}])`

const rowsColumn = ({ rows, columns }: CompiledList): string =>
  rows === null ? 'null' : `(select pg_catalog.json_agg(${textsOf(columns)}) from ${rows})`

const totalsColumn = (plan: ListPlan, { aggregates, matching }: CompiledList): string =>
  aggregates === null ? 'null' : `(select ${textsOf(plan.aggregates.map(({ sql }) => sql))} ${matching})`

const FIRST_RECORDS: ListRequest = {
  filter: undefined,
  orderBy: null,
  page: { first: NESTED_RECORDS, last: null, offset: null, cursor: null },
  isFixed: true,
}

/** A list inside a record: its rows as JSON in one column, and its aggregates in another. */
const nestedListPart = (
  scope: PlanScope,
  field: ToManyField,
  selection: ListSelection,
  parent: string,
  read: ReadArguments | undefined,
): Part => {
  const { object } = selection
  scope.related.add(object.table)
  const trash = trashOfOwner(field, object)
  const plan = planList(scope, selection, field.targetColumns)
  const link = linkOf(field, object, parent, plan.alias)
  const reads = [...field.columns, ...(trash === null ? [] : [trash.name])]
  const write = (list: CompiledList): Part['write'] => {
    return (row, offset, run) =>
      writeList(plan, list, rowsIn(row[offset]), rowsIn(`[${row[offset + 1] ?? '[]'}]`)[0] ?? [], run)
  }
  if (
    read === undefined &&
    plan.records.every((record) => [...record.columns, ...record.joins].every(isFixed))
  ) {
    const list = compileList(scope, plan, { ...FIRST_RECORDS, link }, NO_RUN)
    // Most records have no related rows, and checking that is much cheaper than sorting and aggregating
    // nothing.
    const rows = `case when exists (select ${list.matching}) then ${rowsColumn(list)} end`
    return {
      columns: [list.rows === null ? 'null' : rows, totalsColumn(plan, list)],
      reads,
      write: write(list),
    }
  }
  // Writing the list depends on results of compiling it.
  const lists = new WeakMap<Run, CompiledList>()
  const listIn = (run: Run): CompiledList => {
    const known = lists.get(run)
    if (known !== undefined) return known
    const request = read === undefined ? FIRST_RECORDS : requestOf(read(run), true)
    const list = compileList(scope, plan, { ...request, link }, run)
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
  planList: (scope, { field, list, read }, alias) => nestedListPart(scope, field, list, alias, read),
})
