// References that a new record was not given. Almost all are null, and null needs no look-up, which costs
// Postgres the preparation of a scan for each create. So the write returns what it stored; a value of the
// database's own, from a default or a trigger, is looked up afterwards.

import type { Column, ObjectModel, Reference } from '../../../tenants/model/model.ts'
import { createParams } from '../params.ts'
import { columnReference } from '../read/comparable.ts'
import { readValue } from '../read/readForm.ts'
import { referenceAt, shownId, visibleOf } from '../read/reference.ts'
import type { ReadRows, Row, Sql } from '../run.ts'

export interface StoredReference {
  /** Place in the columns of the record. */
  readonly at: number
  readonly column: Column
  readonly reference: Reference
  /** SQL of the stored value, in the form of the shown one. */
  readonly sql: string
}

/**
 * @param columns of a record of `alias`
 * @returns the ones with a reference
 */
export const storedReferences = (
  object: ObjectModel,
  columns: readonly Sql[],
  alias: string,
): readonly StoredReference[] => {
  const formOf = (column: Column, sql: string): string =>
    readValue(column, sql, object.emptyStringForNull).sql
  return [...object.references.keys()].flatMap((name) => {
    const column = object.columns.get(name)
    const reference = column === undefined ? undefined : referenceAt(object, column)
    if (column === undefined || reference === undefined) return []
    const at = columns.indexOf(formOf(column, shownId(object, column, alias)))
    return at < 0 ? [] : [{ at, column, reference, sql: formOf(column, columnReference(alias, column)) }]
  })
}

/**
 * The row with visible references.
 * @param offset of the record in the row
 */
export const withShown = async (
  row: Row,
  offset: number,
  { emptyStringForNull }: ObjectModel,
  stored: readonly StoredReference[],
  read: ReadRows,
): Promise<Row> => {
  const filled = stored.filter(({ at }) => row[at + offset] != null)
  if (filled.length === 0) return row
  const e = createParams()
  const list = filled.map(({ at, column, reference }) => {
    const value = e.param(row[at + offset] ?? null, column.type.sql)
    return readValue(column, visibleOf(reference, value), emptyStringForNull).sql
  })
  const [shown = []] = await read({ text: `select ${list.join(', ')}`, values: e.values })
  const whole = [...row]
  for (const [index, { at }] of filled.entries()) whole[at + offset] = shown[index] ?? null
  return whole
}
