// The selection of written records: the select after the write, and each record's JSON. A statement does not
// see its own changes: if the selection reads a table again that the write changes, the write returns only
// stored values, and a second statement reads their relations.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { ObjectModel } from '../../../tenants/model/model.ts'
import { createParams } from '../params.ts'
import { type Row, type Run, sqlOf } from '../run.ts'
import type { RecordSelection } from '../selection.ts'
import { WRITTEN } from '../writtenTable.ts'
import { type PlanScope, planRecord, type RecordPlan } from './record.ts'

/** Reads in the session of the write. */
export type ReadRows = (statement: {
  readonly text: string
  readonly values: readonly (string | null)[]
}) => Promise<readonly Row[]>

export interface WrittenPlan {
  readonly object: ObjectModel
  readonly record: RecordPlan
  /** Whether a second statement reads the relations. */
  readonly isReadBehind: boolean
  /** `order by` of the records, empty for none. */
  readonly order: string
}

/**
 * @param touches tables that the write changes, or all
 * @param order columns that sort the written records
 */
export const planWritten = (
  scope: PlanScope,
  selection: RecordSelection,
  touches: 'all' | readonly string[],
  order: readonly string[],
): WrittenPlan => {
  // A key identifies the record as stored.
  const record = planRecord(scope, selection, WRITTEN, { liveKeys: selection.object.key })
  const isReadBehind =
    touches === 'all' ? scope.related.size > 0 : touches.some((table) => scope.related.has(table))
  const terms = order.map((column) => `${WRITTEN}.${quoteIdentifier(column)}`).join(', ')
  return { object: selection.object, record, isReadBehind, order: terms === '' ? '' : ` order by ${terms}` }
}

/** The columns that the second statement needs. */
const handedOn = ({ object, record: { reads } }: WrittenPlan) =>
  [...new Set(reads)].flatMap((name) => object.columns.get(name) ?? [])

const selectOf = (plan: WrittenPlan, run: Run, order: string): string => {
  const { columns, joins } = plan.record
  const list = ['true', ...columns.map((sql) => sqlOf(sql, run))].join(', ')
  return `select ${list} from ${WRITTEN}${joins.map((sql) => sqlOf(sql, run)).join('')}${order}`
}

/** The select after the write. */
export const writtenSelect = (plan: WrittenPlan, run: Run): string => {
  if (!plan.isReadBehind) return selectOf(plan, run, plan.order)
  const texts = handedOn(plan).map(({ name }) => `${WRITTEN}.${quoteIdentifier(name)}::pg_catalog.text`)
  return `select ${['true', ...texts].join(', ')} from ${WRITTEN}${plan.order}`
}

/** A statement has at most 65,535 parameters; the relations may need some of their own. */
const MAX_PARAMETERS = 60_000

const PLACE = quoteIdentifier('place in the write')

/** The written records with their current relations. */
const readBehind = async (
  plan: WrittenPlan,
  rows: readonly Row[],
  runOf: (e: Run['e']) => Run,
  read: ReadRows,
): Promise<readonly string[]> => {
  if (rows.length === 0) return []
  const most = Math.max(1, Math.floor(MAX_PARAMETERS / handedOn(plan).length))
  if (rows.length > most) {
    const first = await readBehind(plan, rows.slice(0, most), runOf, read)
    return [...first, ...(await readBehind(plan, rows.slice(most), runOf, read))]
  }
  const e = createParams()
  const run = runOf(e)
  const columns = handedOn(plan)
  const values = rows.map((row, place) => {
    const cells = columns.map(({ type }, index) => e.param(row[index + 1] ?? null, type.sql))
    return `(${[String(place), ...cells].join(', ')})`
  })
  const names = [PLACE, ...columns.map(({ name }) => quoteIdentifier(name))]
  const given = `with ${WRITTEN} (${names.join(', ')}) as (values ${values.join(', ')}) `
  const found = await read({
    text: given + selectOf(plan, run, ` order by ${WRITTEN}.${PLACE}`),
    values: e.values,
  })
  return found.map((row) => plan.record.write(row, 1, run))
}

/**
 * JSON of the records, in order.
 * @param rows of the select after the write
 * @param run the one that the select was compiled in
 */
export const writtenRecords = async (
  plan: WrittenPlan,
  rows: readonly Row[],
  run: Run,
  read: ReadRows,
): Promise<readonly string[]> =>
  plan.isReadBehind
    ? readBehind(plan, rows, (e) => ({ ...run, e }), read)
    : rows.map((row) => plan.record.write(row, 1, run))

/** `from` a table, under an alias. */
export const fromTable = ({ table }: ObjectModel, alias: string): string => `${inWorkspace(table)} ${alias}`
