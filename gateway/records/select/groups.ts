// Groups of records and, if selected, the first records of each: one statement, and each group's JSON from
// its rows.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { findAggregates } from '../read/aggregate.ts'
import { cursorSelect } from '../read/cursor.ts'
import { type CompiledGroups, compileGroups, FIRST_DIMENSION, SAMPLE_RECORDS } from '../read/groupBy.ts'
import { type Row, type Run, sqlOf } from '../run.ts'
import type { GroupSelection, RecordPage } from '../selection.ts'
import { compileSamples, GROUPS, PLACE, type SampleRequest, type Samples } from './groupSamples.ts'
import { ABSENT, writeValue } from './json.ts'
import { pageOf, planRecords } from './list.ts'
import type { PlanScope, RecordPlan } from './record.ts'
import type { CompiledStatement } from './total.ts'

interface GroupsRequest extends SampleRequest {
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
  readonly samples: Samples
  /** Joins the sampled records to a group of the page. */
  readonly join: string
  /** Alias of the ranks. */
  readonly rank: string
}

/**
 * Looks up the sampled records by their keys: each by itself, because Postgres expects many and would read
 * the whole table. Records without a key are ranked whole.
 * @param groups select of the page's groups
 */
const sampleOf = (
  scope: PlanScope,
  { selection, records }: GroupsPlan,
  request: GroupsRequest,
  groups: string,
  { e }: Run,
): Sampled => {
  const { object, sample } = selection
  const { offsetForRecords } = request
  const isKeyed = object.kind === 'table' && object.key.length > 0
  const names = isKeyed ? object.key : [...object.columns.keys()]
  const lastShown = offsetForRecords + SAMPLE_RECORDS + (sample?.needsMore === true ? 1 : 0)
  const last = e.param(String(lastShown), 'pg_catalog.int8')
  const samples = compileSamples(e, scope.model, object, request, names, groups, last)
  const rank = isKeyed ? RANKED : SAMPLE
  const behind = `${rank}.${PLACE} > ${e.param(String(offsetForRecords), 'pg_catalog.int8')}`
  const ranks = ` left join (${samples.text}) ${rank} on ${samples.isOfGroup(rank)} and ${behind}`
  if (!isKeyed) return { samples, rank, join: ranks }
  const found = 'found'
  const isSame = names.map((name) => `${found}.${quoteIdentifier(name)} = ${rank}.${quoteIdentifier(name)}`)
  const read = new Set([
    ...names,
    ...records.flatMap(({ reads }) => reads),
    ...samples.terms(found, rank).flatMap(({ ownColumn }) => ownColumn ?? []),
  ])
  const columns = [...read].map((name) => `${found}.${quoteIdentifier(name)}`)
  const record = `select ${columns.join(', ')} from ${inWorkspace(object.table)} ${found} where ${isSame.join(' and ')} limit 1`
  return { samples, rank, join: `${ranks} left join lateral (${record}) ${SAMPLE} on true` }
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
  const { samples, rank, join } = sampleOf(scope, plan, request, groups.text, run)
  const terms = sample.needsCursor ? samples.terms(SAMPLE, rank) : []
  const width = FIRST_DIMENSION + groups.dimensions.length + groups.aggregates.length
  const place = `${rank}.${PLACE}`
  const columns = [
    ...Array.from({ length: width }, (_, index) => `${GROUPS}.r${index}`),
    place,
    terms.length > 0 ? cursorSelect(terms) : 'null',
    ...records.flatMap((record) => record.columns.map((sql) => sqlOf(sql, run))),
  ].map((sql, index) => `${sql} as c${index}`)
  const joins = records.flatMap((record) => record.joins.map((sql) => sqlOf(sql, run))).join('')
  const text = `${samples.ctes} select ${columns.join(', ')} from ${GROUPS}${join}${joins} order by ${GROUPS}.r0, ${place}`
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
