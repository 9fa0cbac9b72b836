// `POST /rest/{plural}/duplicates`. In: a body that names records by `ids` or describes new ones by `data`; out: one statement whose rows
// are duplicates, and the contract's envelope: one list per item asked about, in their order.

import type { Rows } from '../../sql/pipeline/pool.ts'
import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import { isRecord } from '../../tenants/model/json.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { createParams } from '../records/params.ts'
import { cursorSelect, encodeCursor } from '../records/read/cursor.ts'
import {
  compileLikenesses,
  idColumn,
  isDuplicate,
  itemOfRow,
  likenessesOf,
  MAX_DUPLICATES,
} from '../records/read/duplicates.ts'
import { compileOrder, type OrderTerm } from '../records/read/order.ts'
import type { CompiledRecords } from './compile.ts'
import { recordForm, type Shown } from './record.ts'

/** A row: the item's place, its number of duplicates, the sort values of one of them (null where there is none), its columns. */
export interface CompiledDuplicates extends CompiledRecords {
  readonly terms: readonly OrderTerm[]
}

const OFFSET = 3

/** Throws Problem BAD_USER_INPUT. */
export const compileDuplicates = (
  model: Model,
  object: ObjectModel,
  body: unknown,
  maxItems: number,
  shown: Shown,
): CompiledDuplicates => {
  const e = createParams()
  const { ids, data }: Readonly<Record<string, unknown>> = isRecord(body) ? body : {}
  const items = compileLikenesses(e, object, likenessesOf(model, object, ids, data, maxItems))
  const record = recordForm(model, object, 't', shown)
  const columns = [...object.columns.keys()].map((name) => `found.${quoteIdentifier(name)}`)
  const id = `found.${quoteIdentifier(idColumn(object))}`
  const total = quoteIdentifier('duplicates in all')
  const found = `select ${columns.join(', ')}, pg_catalog.count(*) over () as ${total} from ${inWorkspace(object.table)} found \
where ${isDuplicate(object, 'found', itemOfRow(object, 'item'))} order by ${id} limit ${MAX_DUPLICATES}`
  const terms = compileOrder(e, model, object, 't', [])
  const list = ['item.place', `t.${total}`, cursorSelect(terms), ...record.columns]
  const text = `select ${list.map((sql, index) => `${sql} as c${index}`).join(', ')} from (${items}) item \
left join lateral (${found}) t on true${record.joins} order by item.place, t.${quoteIdentifier(idColumn(object))}`
  return { text, values: e.values, record, terms }
}

/** `{"data":[{"personDuplicates":[…],"totalCount":1,"pageInfo":{…}}]}` */
export const duplicatesAnswer = (
  object: ObjectModel,
  { record, terms }: CompiledDuplicates,
  rows: Rows,
): string => {
  const cursorOf = (row: Rows[number] | undefined): string | null => {
    const values: unknown = JSON.parse(row?.[2] ?? 'null')
    return Array.isArray(values) ? encodeCursor(terms, values) : null
  }
  const lists = [...Map.groupBy(rows, (row) => row[0]).values()].map((members) => {
    const found = members.filter((row) => row[1] !== null)
    const total = Number(found[0]?.[1] ?? 0)
    const pageInfo = {
      hasNextPage: total > found.length,
      hasPreviousPage: false,
      startCursor: cursorOf(found[0]),
      endCursor: cursorOf(found.at(-1)),
    }
    const list = found.map((row) => record.write(row, OFFSET)).join(',')
    return `{"${object.nameSingular}Duplicates":[${list}],"totalCount":${total},"pageInfo":${JSON.stringify(pageInfo)}}`
  })
  return `{"data":[${lists.join(',')}]}`
}
