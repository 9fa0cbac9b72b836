// Indexes for the usual orders of a list: by creation, by last update and by name. The key comes last, as in
// every order (gateway/records/read/order.ts), so that a page in the index's own direction reads its rows
// alone; gateway/records/read/page.ts reads the other direction. Dates descend because lists show the newest
// first. Nulls come first where names ascend, as in the default order of the API.

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

const TIMES = ['createdAt', 'updatedAt']

const timesOf = ({ fields }: ObjectModel): readonly Column[] =>
  TIMES.flatMap((name) => {
    const field = fields.get(name)
    return field?.kind === 'scalar' && SCALARS[field.type].value === 'instant' ? [field.column] : []
  })

const namesOf = ({ fields, labelField }: ObjectModel): readonly Column[] => {
  const field = labelField === null ? undefined : fields.get(labelField)
  if (field?.kind === 'scalar') return isLabelType(field.type) ? [field.column] : []
  return field?.kind === 'composite' && isLabelType(field.type) ? field.parts.map(({ column }) => column) : []
}

export const orderIndexes = (object: ObjectModel): readonly LargeTableIndex[] => {
  const [key, ...more] = object.key
  if (key === undefined || more.length > 0) return []
  const indexOf = (column: Column, way: string, option: number): LargeTableIndex => ({
    columns: [column.name, key],
    keys: [`${quoteIdentifier(column.name)}${way}`, quoteIdentifier(key)],
    options: [option, 0],
    method: 'btree',
  })
  return [
    // By itself, a descending order has its nulls first.
    ...timesOf(object).map((column) =>
      column.notNull
        ? indexOf(column, ' desc', DESCENDING + NULLS_FIRST)
        : indexOf(column, ' desc nulls last', DESCENDING),
    ),
    ...namesOf(object).map((column) =>
      column.notNull ? indexOf(column, '', 0) : indexOf(column, ' nulls first', NULLS_FIRST),
    ),
  ]
}
