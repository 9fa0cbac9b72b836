// Connections: `edges`, `pageInfo` and aggregates, of a list and of a group. From the selected fields to a
// Selection of the list with exactly those parts, and a writer of Relay's format.

import type { ObjectModel } from '../../../tenants/model/model.ts'
import { fieldOfColumn, may, wholeOf } from '../../records/model/permission.ts'
import { type Aggregate, aggregatesOf, findAggregates } from '../../records/read/aggregate.ts'
import type { Row } from '../../records/run.ts'
import { quoteJson } from '../../records/select/json.ts'
import { ESTIMATE_FLAG, TOTAL } from '../../records/select/total.ts'
import type {
  Group,
  GroupSelection,
  ListSelection,
  RecordPage,
  RecordSelection,
} from '../../records/selection.ts'
import { collectFields, type Selected } from './collect.ts'
import { deny, type SelectScope, selectRecord } from './record.ts'

type WritePage = (page: RecordPage) => string
type Writer<Value> = readonly [key: string, write: (value: Value) => string]

const writeObject =
  <Value>(writers: readonly Writer<Value>[]): ((value: Value) => string) =>
  (value) =>
    `{${writers.map(([key, write]) => `${quoteJson(key)}:${write(value)}`).join(',')}}`

const typename = (key: string, typeName: string): Writer<unknown> => [key, () => quoteJson(typeName)]

/** What the fields of a connection need, collected during selection. */
interface Needs {
  readonly records: RecordSelection[]
  rows: boolean
  cursor: boolean
  more: boolean
}

const selectEdges = (
  scope: SelectScope,
  object: ObjectModel,
  selected: Selected,
  needs: Needs,
): WritePage => {
  needs.rows = true
  type Edge = { readonly page: RecordPage; readonly row: Row }
  const writers = collectFields(selected.selections, scope).map((field): Writer<Edge> => {
    if (field.name === '__typename') return typename(field.key, `${object.typeName}Edge`)
    if (field.name === 'cursor') {
      needs.cursor = true
      return [field.key, ({ page, row }) => quoteJson(page.cursor(row) ?? '')]
    }
    const at = needs.records.push(selectRecord(scope, object, field)) - 1
    return [field.key, ({ page, row }) => page.record(row, at)]
  })
  const write = writeObject(writers)
  return (page) => `[${page.rows.map((row) => write({ page, row })).join(',')}]`
}

const selectPageInfo = (scope: SelectScope, selected: Selected, needs: Needs): WritePage => {
  const cursor = (key: string, at: number): Writer<RecordPage> => {
    needs.rows = true
    needs.cursor = true
    return [key, (page) => JSON.stringify(page.cursor(page.rows.at(at)))]
  }
  const flag = (key: string, name: 'hasNextPage' | 'hasPreviousPage'): Writer<RecordPage> => {
    needs.rows = true
    needs.more = true
    return [key, (page) => String(page[name])]
  }
  return writeObject(
    collectFields(selected.selections, scope).map(({ key, name }): Writer<RecordPage> => {
      switch (name) {
        case '__typename':
          return typename(key, 'PageInfo')
        case 'startCursor':
          return cursor(key, 0)
        case 'endCursor':
          return cursor(key, -1)
        case 'hasNextPage':
        case 'hasPreviousPage':
          return flag(key, name)
        default:
          throw new Error(`PageInfo has no field ${name}.`)
      }
    }),
  )
}

const findAggregate = (scope: SelectScope, object: ObjectModel, name: string): Aggregate | undefined => {
  const found = aggregatesOf(object).get(name)
  const whole = wholeOf(object)
  if (found === undefined)
    for (const column of aggregatesOf(whole).get(name)?.columns ?? [])
      if (!may(object, 'read', column.name))
        deny(scope, object, fieldOfColumn(whole, column.name) ?? column.name)
  return found
}

export const selectConnection = (
  scope: SelectScope,
  object: ObjectModel,
  selected: Selected,
): ListSelection => {
  const needs: Needs = { records: [], rows: false, cursor: false, more: false }
  const aggregates = new Map<string, Aggregate>()
  const writers = collectFields(selected.selections, scope).map((field): Writer<RecordPage> => {
    const { key, name } = field
    switch (name) {
      case '__typename':
        return typename(key, `${object.typeName}Connection`)
      case 'edges':
        return [key, selectEdges(scope, object, field, needs)]
      case 'pageInfo':
        return [key, selectPageInfo(scope, field, needs)]
      case ESTIMATE_FLAG:
        for (const total of findAggregates(object, [TOTAL])) aggregates.set(TOTAL, total)
        return [key, (page) => String(page.isEstimate)]
      default: {
        const aggregate = findAggregate(scope, object, name)
        if (aggregate !== undefined) aggregates.set(name, aggregate)
        return [key, (page) => page.aggregate(name)]
      }
    }
  })
  return {
    object,
    records: needs.records,
    aggregates: [...aggregates.values()],
    needsRows: needs.rows,
    needsCursor: needs.cursor,
    needsMore: needs.more,
    write: writeObject(writers),
  }
}

export const selectGroup = (scope: SelectScope, object: ObjectModel, selected: Selected): GroupSelection => {
  const needs: Needs = { records: [], rows: false, cursor: false, more: false }
  const aggregates = new Set<string>()
  const writers = collectFields(selected.selections, scope).map((field): Writer<Group> => {
    const { key, name } = field
    switch (name) {
      case '__typename':
        return typename(key, `${object.typeName}GroupByConnection`)
      case 'groupByDimensionValues':
        return [key, ({ dimensions }) => `[${dimensions.join(',')}]`]
      case 'edges': {
        const write = selectEdges(scope, object, field, needs)
        return [key, ({ page }) => write(page)]
      }
      case 'pageInfo': {
        const write = selectPageInfo(scope, field, needs)
        return [key, ({ page }) => write(page)]
      }
      default:
        findAggregate(scope, object, name)
        aggregates.add(name)
        return [key, ({ aggregate }) => aggregate(name)]
    }
  })
  return {
    object,
    aggregates: [...aggregates],
    sample: needs.rows ? { records: needs.records, needsCursor: needs.cursor, needsMore: needs.more } : null,
    write: writeObject(writers),
  }
}
