// Groups of records and, if selected, the first records of each: one statement, and each group's JSON from
// its rows.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { findAggregates } from '../read/aggregate.ts'
import { cursorSelect } from '../read/cursor.ts'
import {
  type CompiledGroups,
  compileGroups,
  compileRanked,
  FIRST_DIMENSION,
  type GroupRequest,
  PLACE,
  type Ranked,
  SAMPLE_RECORDS,
} from '../read/groupBy.ts'
import { type Row, type Run, sqlOf } from '../run.ts'
import type { GroupSelection, RecordPage } from '../selection.ts'
import { ABSENT, writeValue } from './json.ts'
import { pageOf, planRecords } from './list.ts'
import type { PlanScope, RecordPlan } from './record.ts'
import type { CompiledStatement } from './total.ts'

interface GroupsRequest extends GroupRequest {
  readonly orderByForRecords: readonly unknown[]
  readonly offsetForRecords: number
}

interface GroupsPlan {
  readonly selection: GroupSelection
  readonly records: readonly RecordPlan[]
  readonly offsets: readonly number[]
}

/** The records of groups, and their ranks. */
const SAMPLE = 't'
const RANKED = 'ranked'

export const planGroups = (scope: PlanScope, selection: GroupSelection): GroupsPlan => {
  const { records, offsets } = planRecords(scope, selection.sample?.records ?? [], SAMPLE)
  return { selection, records, offsets }
}

type Text = (index: number) => string

/** JSON of the values in a group's own columns. */
const valuesOf = ({ dimensions, aggregates }: CompiledGroups, row: Row) => {
  const firstAggregate = FIRST_DIMENSION + dimensions.length
  const aggregateAt: Text = (index) => writeValue(row[firstAggregate + index], aggregates[index] ?? ABSENT)
  return {
    dimensions: dimensions.map((form, index) => writeValue(row[FIRST_DIMENSION + index], form)),
    aggregate: (name: string) => aggregateAt(aggregates.findIndex((aggregate) => aggregate.name === name)),
  }
}

const NO_RECORDS: Omit<RecordPage, 'record' | 'aggregate'> = {
  isEstimate: false,
  rows: [],
  cursor: () => null,
  hasNextPage: false,
  hasPreviousPage: false,
}

interface Sampled {
  readonly ranked: Ranked
  /** Joins the sampled records to a group of `page`. */
  readonly join: string
  /** Alias of the ranks. */
  readonly rank: string
}

/**
 * Ranks keys, so that whole rows are not sorted, and looks up the few that are shown: each by itself, because
 * Postgres expects many and would read the whole table. Records without a key are ranked whole.
 */
const sampleOf = (
  scope: PlanScope,
  { selection, records }: GroupsPlan,
  request: GroupsRequest,
  run: Run,
): Sampled => {
  const { e } = run
  const { object, sample } = selection
  const { orderByForRecords, offsetForRecords } = request
  const isKeyed = object.kind === 'table' && object.key.length > 0
  const names = isKeyed ? object.key : [...object.columns.keys()]
  const ranked = compileRanked(e, scope.model, object, request, orderByForRecords, names)
  const rank = isKeyed ? RANKED : SAMPLE
  const last = offsetForRecords + SAMPLE_RECORDS + (sample?.needsMore === true ? 1 : 0)
  const place = `${rank}.${PLACE}`
  const behind = `${place} > ${e.param(String(offsetForRecords), 'pg_catalog.int8')} and ${place} <= ${e.param(String(last), 'pg_catalog.int8')}`
  const ranks = ` left join (${ranked.text}) ${rank} on ${ranked.inGroup(rank, 'page')} and ${behind}`
  if (!isKeyed) return { ranked, rank, join: ranks }
  const found = 'found'
  const isSame = names.map((name) => `${found}.${quoteIdentifier(name)} = ${rank}.${quoteIdentifier(name)}`)
  const read = new Set([
    ...names,
    ...records.flatMap(({ reads }) => reads),
    ...ranked.terms(found, rank).flatMap(({ ownColumn }) => ownColumn ?? []),
  ])
  const columns = [...read].map((name) => `${found}.${quoteIdentifier(name)}`)
  const record = `select ${columns.join(', ')} from ${inWorkspace(object.table)} ${found} where ${isSame.join(' and ')} limit 1`
  return { ranked, rank, join: `${ranks} left join lateral (${record}) ${SAMPLE} on true` }
}

/** Throws Problem BAD_USER_INPUT or FORBIDDEN. */
export const groupsStatement = (
  scope: PlanScope,
  plan: GroupsPlan,
  request: GroupsRequest,
  run: Run,
): CompiledStatement => {
  const { e } = run
  const { selection, records } = plan
  const { object, sample } = selection
  const aggregates = findAggregates(object, selection.aggregates)
  const groups = compileGroups(e, scope.model, object, request, aggregates, sample !== null)
  const write = (row: Row, page: RecordPage): string => selection.write({ ...valuesOf(groups, row), page })
  const answer = (list: readonly string[]): string => `[${list.join(',')}]`
  const emptyPage: RecordPage = { ...NO_RECORDS, record: () => 'null', aggregate: () => 'null' }
  if (sample === null)
    return { text: groups.text, write: (rows) => answer(rows.map((row) => write(row, emptyPage))) }

  const { offsetForRecords } = request
  const { ranked, rank, join } = sampleOf(scope, plan, request, run)
  const terms = sample.needsCursor ? ranked.terms(SAMPLE, rank) : []
  const width = FIRST_DIMENSION + groups.dimensions.length + groups.aggregates.length
  const place = `${rank}.${PLACE}`
  const columns = [
    ...Array.from({ length: width }, (_, index) => `page.r${index}`),
    place,
    terms.length > 0 ? cursorSelect(terms) : 'null',
    ...records.flatMap((record) => record.columns.map((sql) => sqlOf(sql, run))),
  ].map((sql, index) => `${sql} as c${index}`)
  const joins = records.flatMap((record) => record.joins.map((sql) => sqlOf(sql, run))).join('')
  const text = `select ${columns.join(', ')} from (${groups.text}) page${join}${joins} order by page.r0, ${place}`
  const list = {
    selection: { ...sample, object, aggregates: [], needsRows: true, write: () => '' },
    aggregates: [],
    records,
    offsets: plan.offsets,
  }
  return {
    text,
    write: (rows) => {
      const written = [...Map.groupBy(rows, (row) => row[0]).values()].map((members) => {
        const found = members.filter((row) => row[width] !== null)
        const facts = {
          totals: [],
          terms,
          hasNextPage: found.length > SAMPLE_RECORDS,
          hasPreviousPage: offsetForRecords > 0,
        }
        return write(members[0] ?? [], pageOf(list, found.slice(0, SAMPLE_RECORDS), facts, run, width + 1))
      })
      return answer(written)
    },
  }
}
