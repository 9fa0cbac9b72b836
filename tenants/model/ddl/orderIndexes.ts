// Indexes for the usual orders of a list: by key, creation, last update, name and position. The key comes
// last, as in every order (gateway/records/read/order.ts), so that a page in the index's own direction reads
// its rows alone, also where many records have one position; gateway/records/read/page.ts reads the other
// direction. Dates descend because lists show the newest first. Nulls come first where names ascend, as in
// the default order of the API. Records in the trash are left out: a page would read all that lie before its
// own records.

import { quoteIdentifier } from '../../../sql/placeholder.ts'
import { isLabelType } from '../fieldType.ts'
import type { Column, ObjectModel } from '../model.ts'
import { SCALARS } from '../scalarType.ts'
import type { LargeTableIndex } from './plan.ts'

/** Bits of `indoption`. */
const DESCENDING = 1
const NULLS_FIRST = 2

/** @param option of an index's column */
export const isDescending = (option: number): boolean => (option & DESCENDING) !== 0

/** Whether the indexes of large tables are ours: not in tables made in SQL. */
export const hasOurIndexes = ({ kind, emptyStringForNull }: ObjectModel): boolean =>
  kind === 'table' && emptyStringForNull

const TIMES = ['createdAt', 'updatedAt']

const timesOf = ({ fields }: ObjectModel): readonly Column[] =>
  TIMES.flatMap((name) => {
    const field = fields.get(name)
    return field?.kind === 'scalar' && SCALARS[field.type].value === 'instant' ? [field.column] : []
  })

const placesOf = ({ fields }: ObjectModel): readonly Column[] => {
  const field = fields.get('position')
  return field?.kind === 'scalar' && SCALARS[field.type].isPlace === true ? [field.column] : []
}

const namesOf = ({ fields, labelField }: ObjectModel): readonly Column[] => {
  const field = labelField === null ? undefined : fields.get(labelField)
  if (field?.kind === 'scalar') return isLabelType(field.type) ? [field.column] : []
  return field?.kind === 'composite' && isLabelType(field.type) ? field.parts.map(({ column }) => column) : []
}

/** The key that ends every order; null for a table whose pages have no index. */
export const pageKeyOf = ({ key: [key, ...more] }: ObjectModel): string | null =>
  key === undefined || more.length > 0 ? null : key

export const orderIndexes = (object: ObjectModel): readonly LargeTableIndex[] => {
  const key = pageKeyOf(object)
  if (key === null) return []
  const isLiveOnly = object.softDelete !== null
  const indexOf = (keys: readonly (readonly [Column, way: string, option: number])[]): LargeTableIndex => ({
    columns: [...keys.map(([{ name }]) => name), key],
    keys: [...keys.map(([{ name }, way]) => `${quoteIdentifier(name)}${way}`), quoteIdentifier(key)],
    options: [...keys.map(([, , option]) => option), 0],
    method: 'btree',
    isLiveOnly,
  })
  const rising = (...columns: readonly Column[]): LargeTableIndex =>
    indexOf(
      columns.map((column) => (column.notNull ? [column, '', 0] : [column, ' nulls first', NULLS_FIRST])),
    )
  const names = namesOf(object)
  return [
    ...(isLiveOnly ? [{ columns: [key], options: [0], method: 'btree' as const, isLiveOnly }] : []),
    // By itself, a descending order has its nulls first.
    ...timesOf(object).map((column) =>
      indexOf([
        column.notNull
          ? [column, ' desc', DESCENDING + NULLS_FIRST]
          : [column, ' desc nulls last', DESCENDING],
      ]),
    ),
    ...names.map((column) => rising(column)),
    // By first and last name, and by last and first name: many records have one of them in common, or none.
    // Serves duplicates, too.
    ...(names.length > 1
      ? names.map((column) => rising(column, ...names.filter((other) => other !== column)))
      : []),
    ...placesOf(object).flatMap((column) => [
      rising(column),
      // For the first and the last position, which those in the trash have, too.
      { ...rising(column), isLiveOnly: false, replacesShorter: true },
    ]),
  ]
}
