// The write that undoes a change: an ordinary one, compiled and checked like any other. It touches the record
// only while the fields that it restores still have the values that the change gave them.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { ObjectModel } from '../../../tenants/model/model.ts'
import { Problem } from '../../error/problem.ts'
import type { Params } from '../params.ts'
import { compileKey } from '../read/key.ts'
import type { RecordKey, Undo } from '../recordHistory.ts'
import { compileInsertOne } from './insert.ts'
import { compileRestore, compileSoftDelete, compileUpdate } from './write.ts'
import type { WriteOperation } from './writeOperation.ts'

export const overtaken = ({ nameSingular }: ObjectModel): Problem =>
  new Problem('CONFLICT', `The ${nameSingular} has changed since, so the change cannot be undone`, {
    subCode: 'CHANGE_OVERTAKEN',
    hint: 'Read the record and its history again.',
  })

const PRESENT = quoteIdentifier('image of the log')

/** Whether the columns of a row have the values of an image. */
const isAs = (
  e: Params,
  { table }: ObjectModel,
  alias: string,
  image: string,
  columns: readonly string[],
): string => {
  const same = columns.map((column) => {
    const name = quoteIdentifier(column)
    // An image has one null for both, of JSON and of SQL.
    return `pg_catalog.to_jsonb(${PRESENT}.${name}) is not distinct from nullif(pg_catalog.to_jsonb(${alias}.${name}), 'null')`
  })
  const row = `pg_catalog.json_populate_record(null::${inWorkspace(table)}, ${e.param(image, 'pg_catalog.json')})`
  return `exists (select from ${row} as ${PRESENT} where ${same.join(' and ')})`
}

/** The input of the write is the change itself. */
export const undoOperation = (object: ObjectModel, key: RecordKey, undo: Undo): WriteOperation<void> => ({
  compile: (e, _, { model, author }) => {
    switch (undo.kind) {
      case 'update':
        return compileUpdate(
          e,
          model,
          object,
          undo.data,
          author,
          (alias) =>
            `${compileKey(e, object, alias, key)} and ${isAs(e, object, alias, undo.image, undo.columns)}`,
        )
      case 'create':
        return compileInsertOne(e, model, object, undo.data, author, undo.key)
      case 'delete':
        return compileSoftDelete(e, object, (alias) => compileKey(e, object, alias, key))
      case 'restore':
        return compileRestore(e, object, (alias) => compileKey(e, object, alias, key, 'trashed'))
    }
  },
})
