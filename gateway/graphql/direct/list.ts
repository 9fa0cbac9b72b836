// Connections: `edges`, `pageInfo`, `totalCount`. In: an object, the arguments and what is selected; out: for a list of the root a
// statement of its own, for a list inside a record columns of the record's statement. Only what is selected is computed.

import { type FieldNode, type GraphQLField, getArgumentValues } from 'postgraphile/graphql'
import type { ObjectModel, ToManyField } from '../../../tenants/model/model.ts'
import { cursorSelect, encodeCursor } from '../../records/read/cursor.ts'
import type { OrderTerm } from '../../records/read/order.ts'
import { compileMatching, compileRows } from '../../records/read/page.ts'
import { type PageArguments, parsePage } from '../../records/read/pageArguments.ts'
import { linkOf, trashOfOwner } from '../../records/read/relation.ts'
import { quoteJson } from '../../records/select/json.ts'
import { collectFields, NotCovered, type Selected } from './collect.ts'
import { nextAlias, type Part, type PlanScope, planRecord, type RecordPlan } from './record.ts'
import { type CompiledList, type Row, type Run, sqlOf } from './run.ts'

export type Definition = GraphQLField<unknown, unknown>

/** Gives the arguments of a field, which may be variables of the request. */
export type ReadArguments = (run: Run) => Readonly<Record<string, unknown>>

export const argumentsOf = (definition: Definition, node: FieldNode): ReadArguments => {
  const read = (variables: Run['variables']) => getArgumentValues(definition, node, variables)
  if (JSON.stringify(node.arguments ?? [], dropLocations).includes('"Variable"'))
    return (run) => read(run.variables)
  const fixed = read({})
  return () => fixed
}

const dropLocations = (key: string, value: unknown): unknown => (key === 'loc' ? undefined : value)

/** A list's rows: the cursor's values (or `true`), then the record's columns. */
type WriteList = (rows: readonly Row[], total: string, list: CompiledList, run: Run) => string

interface ListPlan {
  readonly record: RecordPlan
  readonly needsRows: boolean
  readonly needsCursor: boolean
  readonly needsTotal: boolean
  readonly needsMore: boolean
  readonly write: WriteList
}

const cursorOf = (terms: readonly OrderTerm[], row: Row | undefined): string | null => {
  if (row?.[0] == null || terms.length === 0) return null
  const values: unknown = JSON.parse(row[0])
  return Array.isArray(values) ? encodeCursor(terms, values) : null
}

const NO_RECORD: RecordPlan = { columns: [], reads: [], joins: [], write: () => '{}' }

type WriteField = (
  rows: readonly Row[],
  total: string,
  list: CompiledList,
  run: Run,
  hasMore: boolean,
) => string

const pageInfoField = (
  scope: PlanScope,
  selected: Selected,
): { readonly names: readonly string[]; readonly write: WriteField } => {
  const fields = collectFields(selected.selections, scope.fragments)
  const writers = fields.map(({ key, name }): [string, WriteField] => {
    switch (name) {
      case '__typename':
        return [key, () => '"PageInfo"']
      case 'startCursor':
        return [key, (rows, _total, { terms }) => JSON.stringify(cursorOf(terms, rows[0]))]
      case 'endCursor':
        return [key, (rows, _total, { terms }) => JSON.stringify(cursorOf(terms, rows.at(-1)))]
      // Beyond a cursor there is at least the record that the cursor names.
      case 'hasNextPage':
        return [
          key,
          (_rows, _total, { page }, _run, hasMore) =>
            String((page.first !== null && hasMore) || page.cursor?.side === 'before'),
        ]
      case 'hasPreviousPage':
        return [
          key,
          (_rows, _total, { page }, _run, hasMore) =>
            String((page.last !== null && hasMore) || page.cursor?.side === 'after' || Boolean(page.offset)),
        ]
      default:
        throw new NotCovered()
    }
  })
  return { names: fields.map(({ name }) => name), write: writeFields(writers) }
}

const writeFields =
  (writers: readonly (readonly [key: string, write: WriteField])[]): WriteField =>
  (...about) =>
    `{${writers.map(([key, write]) => `${quoteJson(key)}:${write(...about)}`).join(',')}}`

const planConnection = (
  scope: PlanScope,
  object: ObjectModel,
  alias: string,
  selected: Selected,
): ListPlan => {
  let record = NO_RECORD
  let edges = 0
  const needs = { rows: false, cursor: false, total: false, more: false }

  const edgeField = (field: Selected): [string, (row: Row, list: CompiledList, run: Run) => string] => {
    switch (field.name) {
      case '__typename':
        return [field.key, () => quoteJson(`${object.typeName}Edge`)]
      case 'cursor':
        needs.cursor = true
        return [field.key, (row, { terms }) => quoteJson(cursorOf(terms, row) ?? '')]
      case 'node': {
        // Two nodes under different names would be two records per row.
        if (record !== NO_RECORD) throw new NotCovered()
        const plan = planRecord(scope, object, alias, field)
        record = plan
        return [field.key, (row, _list, run) => plan.write(row, 1, run)]
      }
      default:
        throw new NotCovered()
    }
  }

  const connectionField = (field: Selected): [string, WriteField] => {
    switch (field.name) {
      case '__typename':
        return [field.key, () => quoteJson(`${object.typeName}Connection`)]
      case 'totalCount':
        needs.total = true
        return [field.key, (_rows, total) => total]
      case 'pageInfo': {
        needs.rows = true
        needs.more = true
        const { names, write } = pageInfoField(scope, field)
        if (names.includes('startCursor') || names.includes('endCursor')) needs.cursor = true
        return [field.key, write]
      }
      case 'edges': {
        edges += 1
        if (edges > 1) throw new NotCovered()
        needs.rows = true
        const writers = collectFields(field.selections, scope.fragments).map(edgeField)
        const writeEdge = (row: Row, list: CompiledList, run: Run): string =>
          `{${writers.map(([key, write]) => `${quoteJson(key)}:${write(row, list, run)}`).join(',')}}`
        return [
          field.key,
          (rows, _total, list, run) => `[${rows.map((row) => writeEdge(row, list, run)).join(',')}]`,
        ]
      }
      default:
        throw new NotCovered()
    }
  }

  const writeAll = writeFields(collectFields(selected.selections, scope.fragments).map(connectionField))
  return {
    record,
    needsRows: needs.rows,
    needsCursor: needs.cursor,
    needsTotal: needs.total,
    needsMore: needs.more,
    write: (read, total, list, run) => {
      const hasMore = read.length > list.count
      const page = read.slice(0, list.count)
      return writeAll(list.page.last === null ? page : page.toReversed(), total, list, run, hasMore)
    },
  }
}

/** One `orderBy` object may stand for a list of one (GraphQL specification §3.11). */
const orderOf = (given: unknown): readonly unknown[] | null =>
  given === null || given === undefined ? null : Array.isArray(given) ? given : [given]

const compileList = (
  scope: PlanScope,
  object: ObjectModel,
  alias: string,
  plan: ListPlan,
  given: Readonly<Record<string, unknown>>,
  run: Run,
  nesting: { readonly isNested: boolean; readonly link?: string },
): CompiledList => {
  const { isNested, ...link } = nesting
  const page = parsePage(given as unknown as PageArguments, isNested)
  const count = page.first ?? page.last ?? 0
  const matching = compileMatching(run.e, scope.model, object, alias, { filter: given.filter, ...link })
  // A parameter that the statement does not use would be refused, so nothing is compiled in vain.
  if (!plan.needsRows) return { page, count, matching, rows: '', terms: [] }
  const compiled = compileRows(run.e, scope.model, object, alias, matching, {
    filter: given.filter,
    orderBy: orderOf(given.orderBy),
    limit: plan.needsMore ? count + 1 : count,
    offset: page.offset,
    isBackward: page.last !== null,
    cursor: page.cursor,
    columns: plan.record.reads,
  })
  return { page, count, matching, ...compiled }
}

const columnsOf = (plan: ListPlan, terms: readonly OrderTerm[], run: Run): string[] => [
  plan.needsCursor ? cursorSelect(terms) : 'true',
  ...plan.record.columns.map((sql) => sqlOf(sql, run)),
]

const joinsOf = ({ record }: ListPlan, run: Run): string =>
  record.joins.map((sql) => sqlOf(sql, run)).join('')

export interface Statement {
  readonly text: string
  /** The write that the text reads the result of; it is sent in front of it. */
  readonly behind?: { readonly write: string; readonly isRepeatable: boolean; readonly mayGoInTurn: boolean }
  /** The field's value, as JSON. */
  readonly write: (rows: readonly Row[]) => string
}

/** A list of the root. */
export const planRootList = (
  scope: PlanScope,
  object: ObjectModel,
  selected: Selected,
  read: ReadArguments,
): ((run: Run) => Statement) => {
  const alias = nextAlias(scope)
  const plan = planConnection(scope, object, alias, selected)
  return (run) => {
    const list = compileList(scope, object, alias, plan, read(run), run, { isNested: false })
    const total = `select pg_catalog.count(*) as total ${list.matching}`
    if (!plan.needsRows)
      return {
        text: plan.needsTotal ? total : 'select 0',
        write: ([row]) => plan.write([], row?.[0] ?? '0', list, run),
      }
    const columns = columnsOf(plan, list.terms, run).map((sql, index) => `${sql} as c${index}`)
    const page = `select ${columns.join(', ')} from ${list.rows}${joinsOf(plan, run)}`
    if (!plan.needsTotal) return { text: page, write: (found) => plan.write(found, '0', list, run) }
    return {
      text: `select page.*, counted.total from (${total}) counted left join (${page}) page on true`,
      write: (found) =>
        plan.write(
          found.filter((row) => row[0] !== null),
          found[0]?.at(-1) ?? '0',
          list,
          run,
        ),
    }
  }
}

const isRows = (value: unknown): value is Row[] => Array.isArray(value)

/**
 * A list inside a record: its rows as JSON in one column, and their number in another.
 * @param parent alias of the record
 */
export const planNestedList = (
  scope: PlanScope,
  field: ToManyField,
  parent: string,
  selected: Selected,
  definition: Definition,
): Part => {
  const object = scope.model.byTable.get(field.target)
  if (object === undefined) throw new NotCovered()
  scope.related.add(object.table)
  const alias = nextAlias(scope)
  const plan = planConnection(scope, object, alias, selected)
  const number = scope.counts.lists
  const trash = trashOfOwner(field, object)
  scope.counts.lists += 1
  const read = argumentsOf(definition, selected.node)
  const listOf = (run: Run): CompiledList => {
    const known = run.lists.get(number)
    if (known !== undefined) return known
    const link = linkOf(field, object, parent, alias)
    const list = compileList(scope, object, alias, plan, read(run), run, { isNested: true, link })
    run.lists.set(number, list)
    return list
  }
  const page = (run: Run): string => {
    const { rows, terms } = listOf(run)
    const texts = columnsOf(plan, terms, run).map((sql) => `(${sql})::pg_catalog.text`)
    return `(select pg_catalog.json_agg(pg_catalog.to_json(array[${texts.join(', ')}])) from ${rows}${joinsOf(plan, run)})`
  }
  const total = (run: Run): string => `(select pg_catalog.count(*) ${listOf(run).matching})`
  return {
    columns: [plan.needsRows ? page : 'null', plan.needsTotal ? total : 'null'],
    reads: [...field.columns, ...(trash === null ? [] : [trash.name])],
    write: (row, offset, run) => {
      const json = row[offset]
      const rows: unknown = json == null ? [] : JSON.parse(json)
      return plan.write(isRows(rows) ? rows : [], row[offset + 1] ?? '0', listOf(run), run)
    },
  }
}
