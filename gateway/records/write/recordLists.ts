// Records of a batch as arrays, one per column, so that the statement is the same for any number of records:
// it is prepared once, and costs the gateway a third of a row of parameters for each record. Null if a record
// has a value that only the database knows, or needs the default of a column.

import type { Column, ObjectModel } from '../../../tenants/model/model.ts'
import { wholeOf } from '../model/permission.ts'
import { arrayLiteral, type Params } from '../params.ts'
import type { BoundValues, TextForm } from './boundValue.ts'

interface RecordLists {
  readonly columns: readonly string[]
  /** A select of one row per record, in order. */
  readonly rows: string
}

interface List {
  readonly name: string
  readonly form: TextForm
  readonly texts: readonly (string | null)[]
}

const listOf = (column: Column, records: readonly BoundValues[], filled: BoundValues): List | null => {
  const texts: (string | null)[] = []
  let form: TextForm | undefined
  for (const record of records) {
    const boundValue = record.get(column.name) ?? filled.get(column.name)
    form ??= boundValue?.form
    const text = boundValue === undefined && !column.hasDefault ? null : boundValue?.text
    if (text === undefined) return null
    texts.push(text)
  }
  return form === undefined ? null : { name: column.name, form, texts }
}

/** An array parameter, and the conversion of its items to values of the column. */
interface BoundList {
  readonly name: string
  readonly list: string
  readonly cast: string
}

/** `unnest` would flatten nested lists: each is passed as text. */
const bind = (e: Params, { name, form: { type, isArray, cast }, texts }: List): BoundList =>
  isArray
    ? { name, list: e.param(arrayLiteral(texts), 'pg_catalog.text[]'), cast: `::${type}${cast}` }
    : { name, list: e.param(arrayLiteral(texts), `${type}[]`), cast }

/**
 * @param filled values of every record without its own
 * @param ids a parameter with the ids of all records, given or generated
 */
export const recordLists = (
  e: Params,
  object: ObjectModel,
  records: readonly BoundValues[],
  filled: BoundValues,
  ids: Omit<BoundList, 'cast'>,
): RecordLists | null => {
  const named = new Set<string>()
  for (const record of records) for (const name of record.keys()) named.add(name)
  named.delete(ids.name)
  const lists: List[] = []
  for (const name of named) {
    const column = wholeOf(object).columns.get(name)
    const list = column === undefined ? null : listOf(column, records, filled)
    if (list === null) return null
    lists.push(list)
  }
  const bound = [{ ...ids, cast: '' }, ...lists.map((list) => bind(e, list))]
  const same = [...filled].filter(([name]) => !named.has(name))
  const values = [
    ...bound.map(({ cast }, at) => `given.c${at}${cast}`),
    ...same.map(([, boundValue]) => boundValue.sql(e, 0)),
  ]
  const names = bound.map((_, at) => `c${at}`).join(', ')
  const from = `rows from (${bound.map(({ list }) => `pg_catalog.unnest(${list})`).join(', ')}) given (${names})`
  return {
    columns: [...bound.map(({ name }) => name), ...same.map(([name]) => name)],
    rows: `select ${values.join(', ')} from ${from}`,
  }
}
