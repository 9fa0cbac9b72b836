// The selection of written records: what the statement of the write returns, and each record's JSON. A
// statement does not see its own changes: if the selection reads a table again that the write changes, the
// write returns only stored values, and a second statement reads their relations.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { ObjectModel } from '../../../tenants/model/model.ts'
import { wholeOf } from '../model/permission.ts'
import { createParams } from '../params.ts'
import { type ReadRows, type Row, type Run, sqlOf } from '../run.ts'
import type { RecordSelection } from '../selection.ts'
import { asTables, type SingleWrite, WRITTEN, type Written } from '../writtenTable.ts'
import { isFixed, type PlanScope, planRecord, type RecordPlan } from './record.ts'
import { type StoredReference, storedReferences, withShown } from './storedReference.ts'

export interface WrittenPlan {
  readonly object: ObjectModel
  readonly record: RecordPlan
  /** Whether a second statement reads the relations. */
  readonly isReadBehind: boolean
  /** `order by` of the records, empty for none. */
  readonly order: string
  readonly references: readonly StoredReference[]
  /** Statements of new records by their shape. */
  readonly texts: Map<string, Returning>
}

/** A write that returns its answer. */
interface Returning {
  readonly text: string
  /** References that it returns as stored. */
  readonly stored: readonly StoredReference[]
}

interface WrittenStatement {
  readonly write: string
  readonly select: string
  readonly stored: readonly StoredReference[]
}

const NONE: readonly StoredReference[] = []

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
  return {
    object: selection.object,
    record,
    isReadBehind,
    order: terms === '' ? '' : ` order by ${terms}`,
    references: isReadBehind ? NONE : storedReferences(selection.object, record.columns, WRITTEN),
    texts: new Map(),
  }
}

/** The columns that the second statement needs. */
const handedOn = ({ object, record: { reads } }: WrittenPlan) =>
  [...new Set(reads)].flatMap((name) => object.columns.get(name) ?? [])

/** The columns of a written record, after one that reads its alias never as null. */
const listOf = ({ record: { columns } }: WrittenPlan, run: Run, stored = NONE): string =>
  columns
    .map((sql, at) => `, ${stored.find((reference) => reference.at === at)?.sql ?? sqlOf(sql, run)}`)
    .join('')

const joinsOf = ({ record: { joins } }: WrittenPlan, run: Run): string =>
  joins.map((sql) => sqlOf(sql, run)).join('')

const selectOf = (plan: WrittenPlan, run: Run, order: string): string =>
  `select true${listOf(plan, run)} from ${WRITTEN}${joinsOf(plan, run)}${order}`

/**
 * Whether the `returning` of the write can be the answer. The rows of a rule's statement are returned to
 * common table expressions alone, and a record rule for reading is checked only where a column is read.
 */
const mayReturn = ({ object, order, record, isReadBehind }: WrittenPlan, place?: string): boolean =>
  wholeOf(object).hasRules === undefined &&
  record.reads.length > 0 &&
  (isReadBehind || record.joins.length === 0) &&
  (order === '' || place !== undefined)

/** Of a plan. Clients write the same fields again and again. */
const MOST_TEXTS = 16

/** The references that a new record of the shape was not given. */
const notGiven = ({ references }: WrittenPlan, row: SingleWrite['row']): readonly StoredReference[] =>
  row === undefined || references.length === 0
    ? NONE
    : references.filter(({ column }) => !`\0${row.shape}`.includes(`\0${column.name}\0`))

/** The text of a known shape is not written again, and hashed once. */
const returning = (
  plan: WrittenPlan,
  { row, statement, place = 'true' }: SingleWrite,
  list: (stored: readonly StoredReference[]) => string,
  run: Run,
): Returning => {
  const { texts, isReadBehind, record } = plan
  const known = row === undefined ? undefined : texts.get(row.shape)
  if (row !== undefined && known !== undefined) {
    for (const text of row.texts) run.e.param(text, '')
    return known
  }
  const stored = notGiven(plan, row)
  const made = { text: `${statement()} returning ${place}${list(stored)}`, stored }
  if (row !== undefined && texts.size < MOST_TEXTS && (isReadBehind || record.columns.every(isFixed)))
    texts.set(row.shape, made)
  return made
}

/**
 * The write with its answer, whose rows begin with `true`, or with their place in the batch.
 * @param written compiled in the same run
 */
export const writtenStatement = (plan: WrittenPlan, written: Written, run: Run): WrittenStatement => {
  const list = (stored: readonly StoredReference[]): string =>
    plan.isReadBehind
      ? handedOn(plan)
          .map(({ name }) => `, ${WRITTEN}.${quoteIdentifier(name)}::pg_catalog.text`)
          .join('')
      : listOf(plan, run, stored)
  if (typeof written !== 'string' && mayReturn(plan, written.place)) {
    const { text, stored } = returning(plan, written, list, run)
    return { write: '', select: text, stored }
  }
  const write = asTables(written)
  const joins = plan.isReadBehind ? '' : joinsOf(plan, run)
  return { write, select: `select true${list(NONE)} from ${WRITTEN}${joins}${plan.order}`, stored: NONE }
}

/** Rows that begin with their place in the batch, in its order; others as they are. */
const inOrder = (rows: readonly Row[]): readonly Row[] => {
  if (rows.length < 2) return rows
  const placeOf = ([place]: Row): number => (place == null ? Number.POSITIVE_INFINITY : Number(place))
  const isSorted = rows.every(
    (row, at) => Number.isNaN(placeOf(row)) || at === 0 || placeOf(rows[at - 1] ?? row) <= placeOf(row),
  )
  return isSorted ? rows : rows.toSorted((a, b) => placeOf(a) - placeOf(b))
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
    const params = columns.map(({ type }, index) => e.param(row[index + 1] ?? null, type.sql))
    return `(${[String(place), ...params].join(', ')})`
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
 * The answer of a write.
 * @param rows of the statement
 * @param run the one that it was compiled in
 * @param shape makes the answer of the JSON of the records, in order. Called here, not behind the caller's
 * `await`: what waited for Postgres is old, and V8 keeps what the old refers to. That is the answer then, and
 * not the thousands of strings that it is made of, which took a fifth of a batch's time.
 */
export const writtenAnswer = async <Answer>(
  plan: WrittenPlan,
  rows: readonly Row[],
  run: Run,
  read: ReadRows,
  stored: readonly StoredReference[],
  shape: (records: readonly string[]) => Answer,
): Promise<Answer> => {
  if (plan.isReadBehind) return shape(await readBehind(plan, inOrder(rows), (e) => ({ ...run, e }), read))
  const shown =
    stored.length === 0
      ? rows
      : await Promise.all(rows.map((row) => withShown(row, 1, plan.object, stored, read)))
  return shape(inOrder(shown).map((row) => plan.record.write(row, 1, run)))
}

/** `from` a table, under an alias. */
export const fromTable = ({ table }: ObjectModel, alias: string): string => `${inWorkspace(table)} ${alias}`
