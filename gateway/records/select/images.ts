// Statements about images of the change log. An image is the JSON of a row as it was. Postgres turns it back
// into a row of the table, so the SQL for present records also shapes and judges past ones, under the
// caller's role. The first column of a result is the image's place, from 1.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { wholeOf } from '../model/permission.ts'
import { arrayLiteral, createParams } from '../params.ts'
import { compileFilter } from '../read/filter.ts'
import { type Arguments, createRun, type Row, sqlOf } from '../run.ts'
import type { RecordSelection } from '../selection.ts'
import { createScope } from './nestedList.ts'
import { planRecord } from './record.ts'
import type { CompiledStatement } from './total.ts'
import { fromTable } from './written.ts'

export interface ImageStatement<Result> extends Pick<CompiledStatement, 'text'> {
  readonly values: readonly (string | null)[]
  /** By the image's place in the list, from 0. */
  readonly read: (rows: readonly Row[]) => ReadonlyMap<number, Result>
}

/** Names that no table or column has: conditions of policies name their columns without a table. */
const ENTRY = quoteIdentifier('entry of the log')
const IMAGE = quoteIdentifier('image of the log')
const PLACE = quoteIdentifier('place in the page')

/** The image's entry, and as `alias` the row that it describes. */
const imagesAs = ({ table }: ObjectModel, alias: string): string =>
  `pg_catalog.json_array_elements($1::pg_catalog.json) with ordinality ${ENTRY} (${IMAGE}, ${PLACE})
    cross join lateral pg_catalog.json_populate_record(null::${inWorkspace(table)}, ${ENTRY}.${IMAGE}) as ${alias}`

const listOf = (images: readonly string[]): string => `[${images.join(',')}]`

const byPlace = <Result>(rows: readonly Row[], resultOf: (row: Row) => Result): ReadonlyMap<number, Result> =>
  new Map(rows.map((row) => [Number(row[0]) - 1, resultOf(row)]))

/** Whether each image is a row of the table as it is now. */
export const fittingImages = (
  { table }: ObjectModel,
  images: readonly string[],
): ImageStatement<boolean> => ({
  text: `select ${PLACE}, tenantry_request.fits(null::${inWorkspace(table)}, ${IMAGE})
    from pg_catalog.unnest($1::pg_catalog.text[]) with ordinality ${ENTRY} (${IMAGE}, ${PLACE})`,
  values: [arrayLiteral(images)],
  read: (rows) => byPlace(rows, (row) => row[1]?.startsWith('t') === true),
})

/**
 * Whether a condition holds for each image.
 * @param condition SQL over the table's columns, as a policy has it; it may qualify them by the table's name
 */
export const judgeImages = (
  object: ObjectModel,
  condition: string,
  images: readonly string[],
): ImageStatement<boolean> => ({
  text: `select ${ENTRY}.${PLACE}, coalesce((${condition}), false) from ${imagesAs(object, quoteIdentifier(object.table))}`,
  values: [listOf(images)],
  read: (rows) => byPlace(rows, (row) => row[1]?.startsWith('t') === true),
})

/** The alias that record plans are given here. */
const RECORD = 't'

/** The images, and as RECORD the records that they are of, as they are now. */
const presentOf = (whole: ObjectModel): string => {
  const same = whole.key.map(
    (column) => `${RECORD}.${quoteIdentifier(column)} = k.${quoteIdentifier(column)}`,
  )
  return `${imagesAs(whole, 'k')} join ${fromTable(whole, RECORD)} on ${same.join(' and ')}`
}

interface MatchOptions {
  /** Judges the records as they are now. */
  readonly isPresent?: boolean
  /** Values are text, as in filters of REST. */
  readonly isLenient?: boolean
}

/**
 * Whether a filter holds for each image, in the trash or not.
 * @param object as the caller's role sees it: no privileges of Postgres guard the columns of an image
 */
export const matchImages = (
  model: Model,
  object: ObjectModel,
  filter: unknown,
  images: readonly string[],
  { isPresent = false, isLenient = false }: MatchOptions = {},
): ImageStatement<boolean> => {
  const e = createParams()
  e.param(listOf(images), 'pg_catalog.json')
  const condition = compileFilter(e, model, object, RECORD, filter, { trashed: 'any', isLenient })
  const source = isPresent ? presentOf(wholeOf(object)) : imagesAs(object, RECORD)
  return {
    text: `select ${ENTRY}.${PLACE}, coalesce((${condition}), false) from ${source}`,
    values: e.values,
    read: (rows) => byPlace(rows, (row) => row[1]?.startsWith('t') === true),
  }
}

const recordsFrom = (
  model: Model,
  selection: RecordSelection,
  images: readonly string[],
  source: string,
  variables: Arguments,
): ImageStatement<string> => {
  const record = planRecord(createScope(model), selection, RECORD)
  const e = createParams()
  e.param(listOf(images), 'pg_catalog.json')
  const run = createRun(e, variables)
  const columns = [`${ENTRY}.${PLACE}`, ...record.columns.map((sql) => sqlOf(sql, run))]
  const joins = record.joins.map((sql) => sqlOf(sql, run)).join('')
  return {
    text: `select ${columns.join(', ')} from ${source}${joins}`,
    values: e.values,
    read: (rows) => byPlace(rows, (row) => record.write(row, 1, run)),
  }
}

/** JSON of the records as they were. */
export const pastRecords = (
  model: Model,
  selection: RecordSelection,
  images: readonly string[],
  variables: Arguments = {},
): ImageStatement<string> =>
  recordsFrom(model, selection, images, imagesAs(selection.object, RECORD), variables)

/** JSON of the records as they are now, the trash included; what is gone or hidden has no row. */
export const presentRecords = (
  model: Model,
  whole: ObjectModel,
  selection: RecordSelection,
  images: readonly string[],
  variables: Arguments = {},
): ImageStatement<string> => recordsFrom(model, selection, images, presentOf(whole), variables)
