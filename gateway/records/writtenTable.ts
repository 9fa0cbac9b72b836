// The result of a write: a common table expression with the written records, which the rest of the statement
// reads.

import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'

/** The relation with the written records. */
export const WRITTEN = 'written'

/** Columns of a written record: all that the role may read. */
export const columnsOf = (object: ObjectModel, alias: string): string =>
  [...object.columns.keys()].map((name) => `${alias}.${quoteIdentifier(name)}`).join(', ')
