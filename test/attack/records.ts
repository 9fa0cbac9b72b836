// Records that betray themselves: every text carries a mark, `open` if a restricted role may see it, `secret`
// if not. Two workspaces that differ only in their secrets look the same to a caller who sees only open
// records.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'

export interface Marks {
  readonly open: string
  readonly secret: string
  /** Number of hidden companies: the number itself must not leak either. */
  readonly secretCompanies: number
}

const KINDS = ['company', 'person', 'opportunity', 'note', 'task', 'note_target'] as const
export type Kind = (typeof KINDS)[number]

/**
 * The n-th record of a kind, in every workspace whose ids begin with that prefix of eight hexadecimal digits.
 */
export const recordId = (prefix: string, kind: Kind, n: number): string =>
  `${prefix}-0000-7000-800${KINDS.indexOf(kind)}-${String(n).padStart(12, '0')}`

/** Companies from here on are secret as a whole. */
export const FIRST_SECRET = 50
export const OPEN_COMPANIES = 6

type Row = Readonly<Record<string, unknown>>

const from = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index)

const rowsOf = (
  prefix: string,
  { open, secret, secretCompanies }: Marks,
): Readonly<Record<Kind, readonly Row[]>> => {
  const id = (kind: Kind, n: number): string => recordId(prefix, kind, n)
  const base = (kind: Kind, n: number): Row => ({
    id: id(kind, n),
    position: n,
    created_at: `2026-01-01T00:00:${String(n).padStart(2, '0')}Z`,
    updated_at: '2026-02-01T00:00:00Z',
  })
  // Differs between two secrets in value, order and frequency.
  const secretNumber = (n: number): number => (n * secret.length) % 7
  const company = (n: number): Row => {
    const mark = n < FIRST_SECRET ? open : secret
    return {
      ...base('company', n),
      name: `${mark} company ${n}`,
      domain_name_primary_link_url: `https://${mark}${n}.test`,
      address_state: n < FIRST_SECRET ? 'open' : 'closed',
      address_city: `${secret} city ${secretNumber(n)}`,
      annual_revenue_amount_micros: 1_000 * secretNumber(n),
      annual_revenue_currency_code: 'EUR',
    }
  }
  return {
    company: [...from(1, OPEN_COMPANIES), ...from(FIRST_SECRET, secretCompanies)].map(company),
    person: from(1, 8).map((n) => ({
      ...base('person', n),
      name_first_name: `${open} person`,
      name_last_name: `n${n}`,
      job_title: `${secret} job ${secretNumber(n)}`,
      company_id: id('company', n % 4 === 0 ? FIRST_SECRET : n % 4),
    })),
    opportunity: from(1, 3 + secretCompanies).map((n) => ({
      ...base('opportunity', n),
      name: `${secret} deal ${n}`,
      amount_amount_micros: 1_000 * secretNumber(n),
      company_id: id('company', 1),
      point_of_contact_id: id('person', 1),
    })),
    note: from(1, 4).map((n) => ({
      ...base('note', n),
      title: `${open} note ${n}`,
      body_v2_markdown: `${open} body`,
    })),
    task: from(1, 4).map((n) => ({ ...base('task', n), title: `${open} task ${n}` })),
    note_target: from(1, 4).map((n) => ({
      ...base('note_target', n),
      note_id: id('note', n),
      target_company_id: id('company', n === 4 ? FIRST_SECRET : n),
      target_opportunity_id: n === 1 ? id('opportunity', 1) : null,
    })),
  }
}

export const insertRecords = async (
  pool: Pool,
  schemaName: string,
  prefix: string,
  marks: Marks,
): Promise<void> => {
  const rows = rowsOf(prefix, marks)
  for (const kind of KINDS) {
    const target = inWorkspace(kind)
    const columns = Object.keys(rows[kind][0] ?? {})
      .map(quoteIdentifier)
      .join(', ')
    const insert = `insert into ${target} (${columns}) select ${columns} from jsonb_populate_recordset(null::${target}, $1::jsonb)`
    await pool.query(bindSchema(insert, schemaName), [JSON.stringify(rows[kind])])
  }
}
