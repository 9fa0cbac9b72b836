// Usage of workspaces by the day, for bills. Days are those of UTC and kept for 400 days, or until the
// workspace is purged. Requests are added with the hourly usage (usage.ts), sizes by the measurements.

import type { Connection } from '../../sql/ownerPool.ts'
import { type ListPage, type PageRequest, readPage } from '../listPage.ts'
import { Refusal } from '../refusal.ts'

interface WorkspaceUsage {
  readonly id: string
  readonly subdomain: string
  readonly name: string
  readonly requests: number
  /** By a rate limit: 429. */
  readonly refused: number
  /** Answered with another status from 400 on. */
  readonly failed: number
  readonly durationMs: number
  /** As measured last; null: never in this time. */
  readonly records: number | null
  readonly bytes: number | null
  /** Largest measurements. */
  readonly peakRecords: number | null
  readonly peakBytes: number | null
}

/** Days, `to` excluded: `2026-11-01`. */
interface UsagePeriod {
  readonly from: string
  readonly to: string
}

const DAY_MS = 86_400_000

const dayOf = (name: string, text: string): string => {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
    throw new Refusal('INVALID_INPUT', `${name} is a day like 2026-11-01, not "${text.slice(0, 100)}".`)
  return text
}

/** By default the current month up to today. */
export const usagePeriod = (from: string | undefined, to: string | undefined, now: Date): UsagePeriod => {
  const period = {
    from: dayOf('from', from ?? `${now.toISOString().slice(0, 7)}-01`),
    to: dayOf('to', to ?? new Date(now.getTime() + DAY_MS).toISOString().slice(0, 10)),
  }
  if (period.from < period.to) return period
  throw new Refusal('INVALID_INPUT', `from (${period.from}) must be before to (${period.to}).`, {
    hint: 'The day in to is not included.',
  })
}

const last = (column: string): string =>
  `(array_agg(d.${column} order by d.day desc) filter (where d.${column} is not null))[1]::float8 as ${column}`

const SUMS = `(select d.workspace_id, sum(d.requests)::float8 as requests, sum(d.refused)::float8 as refused,
    sum(d.failed)::float8 as failed, sum(d.total_ms) as total_ms, ${last('records')}, ${last('bytes')},
    max(d.records)::float8 as peak_records, max(d.bytes)::float8 as peak_bytes
  from tenantry.usage_days d where d.day >= $1::date and d.day < $2::date group by d.workspace_id) u
  join tenantry.workspaces w on w.id = u.workspace_id`

/** Of workspaces with any usage in that time, deleted ones included. */
export const pageOfUsage = (
  connection: Connection,
  { from, to }: UsagePeriod,
  page: PageRequest,
): Promise<ListPage<WorkspaceUsage>> =>
  readPage(
    connection,
    {
      columns: `w.id, w.subdomain, w.name, u.requests, u.refused, u.failed, round(u.total_ms) as "durationMs", u.records, u.bytes,
        u.peak_records as "peakRecords", u.peak_bytes as "peakBytes"`,
      from: SUMS,
      where: 'true',
      values: [from, to],
      id: 'w.id',
      words: `tenantry.words_of(w.name || ' ' || w.subdomain)`,
    },
    page,
  )

const CSV_COLUMNS = [
  ...['id', 'subdomain', 'requests', 'refused', 'failed', 'durationMs'],
  ...['records', 'bytes', 'peakRecords', 'peakBytes'],
] as const satisfies readonly (keyof WorkspaceUsage)[]

/** RFC 4180. Without names: spreadsheets run what looks like a formula. */
export const usageCsv = (items: readonly WorkspaceUsage[]): string =>
  [CSV_COLUMNS.join(','), ...items.map((item) => CSV_COLUMNS.map((name) => item[name] ?? '').join(','))]
    .map((line) => `${line}\r\n`)
    .join('')
