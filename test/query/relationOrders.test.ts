// Orders over relations: pages in any direction give the order that a plain comparison gives, with ties, nulls,
// records in the trash and records that the role does not see. ORDERS_SEED changes the drawn orders.

import test from 'ava'
import fc from 'fast-check'
import { ORDER_BY_DIRECTIONS } from '../../gateway/records/read/order.ts'
import { bindSchema } from '../../sql/placeholder.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

const SEED = Number(process.env.ORDERS_SEED ?? Date.now() % 2 ** 31)
const ORDERS = 8
const RECORDS = 23
const PAGE = 9

interface Company {
  readonly id: string
  readonly name: string | null
  readonly annual_revenue_amount_micros: number | null
  readonly deleted_at: string | null
}
interface Person {
  readonly id: string
  readonly name_last_name: string | null
  readonly company_id: string | null
  readonly deleted_at: string | null
}
interface Opportunity {
  readonly id: string
  readonly company_id: string | null
  readonly point_of_contact_id: string | null
}
interface World {
  readonly company: readonly Company[]
  readonly person: readonly Person[]
  readonly opportunity: readonly Opportunity[]
}

const idOf = (kind: number, n: number): string =>
  `0198c0de-000${kind}-7000-8000-${String(n).padStart(12, '0')}`

const trashed = fc.constantFrom(null, null, null, '2026-01-01T00:00:00Z')
const refer = (kind: number): fc.Arbitrary<string | null> =>
  fc.option(
    fc.nat(4).map((n) => idOf(kind, n)),
    { freq: 4 },
  )
const many = <T extends object>(kind: number, count: number, record: fc.Arbitrary<T>) =>
  fc
    .array(record, { minLength: count, maxLength: count })
    .map((records) => records.map((each, n) => ({ ...each, id: idOf(kind, n) })))

const world: fc.Arbitrary<World> = fc.record({
  company: many(
    1,
    5,
    fc.record({
      name: fc.constantFrom(null, 'a', 'b', 'hidden'),
      annual_revenue_amount_micros: fc.constantFrom(null, 1, 2),
      deleted_at: trashed,
    }),
  ),
  person: many(
    2,
    5,
    fc.record({ name_last_name: fc.constantFrom(null, 'x', 'y'), company_id: refer(1), deleted_at: trashed }),
  ),
  opportunity: many(
    3,
    RECORDS,
    fc.record({
      company_id: refer(1),
      point_of_contact_id: refer(2),
    }),
  ),
})

type Value = string | number | null
type Read = (opportunity: Opportunity) => Value

/** Values by the path of an order, for a role that sees the given companies. */
const reads = ({ company, person }: World, seen: ReadonlySet<string>): ReadonlyMap<string, Read> => {
  const companies = new Map(
    company.filter((each) => each.deleted_at === null && seen.has(each.id)).map((each) => [each.id, each]),
  )
  const people = new Map(person.filter((each) => each.deleted_at === null).map((each) => [each.id, each]))
  const companyOf = (id: string | null | undefined) => companies.get(id ?? '')
  const contactOf = (opportunity: Opportunity) => people.get(opportunity.point_of_contact_id ?? '')
  return new Map<string, Read>([
    ['id', ({ id }) => id],
    ['company.name', ({ company_id }) => companyOf(company_id)?.name ?? null],
    [
      'company.annualRevenue.amountMicros',
      ({ company_id }) => companyOf(company_id)?.annual_revenue_amount_micros ?? null,
    ],
    ['pointOfContact.name.lastName', (each) => contactOf(each)?.name_last_name ?? null],
    ['pointOfContact.companyId', (each) => companyOf(contactOf(each)?.company_id)?.id ?? null],
    ['pointOfContact.company.name', (each) => companyOf(contactOf(each)?.company_id)?.name ?? null],
    [
      'pointOfContact.company.annualRevenue.amountMicros',
      (each) => companyOf(contactOf(each)?.company_id)?.annual_revenue_amount_micros ?? null,
    ],
  ])
}

type Term = readonly [path: string, direction: string]

const compareBy = (read: Read, direction: string, a: Opportunity, b: Opportunity): number => {
  const [x, y] = [read(a), read(b)]
  const nulls = direction.endsWith('First') ? -1 : 1
  if (x === null || y === null) return x === y ? 0 : x === null ? nulls : -nulls
  return (x < y ? -1 : x > y ? 1 : 0) * (direction.startsWith('Asc') ? 1 : -1)
}

const sorted = ({ opportunity }: World, values: ReadonlyMap<string, Read>, terms: readonly Term[]) =>
  opportunity
    .toSorted((a, b) =>
      [...terms, ['id', 'AscNullsFirst'] as const].reduce(
        (order, [path, direction]) => order || compareBy(values.get(path) ?? (() => null), direction, a, b),
        0,
      ),
    )
    .map(({ id }) => id)

/** All records, page after page; the last page first when they are read backward. */
const readAll = async (client: Client, terms: readonly Term[], isBackward: boolean): Promise<string[]> => {
  const order = terms.map(([path, direction]) => `${path}[${direction}]`).join(',')
  const search = `limit=${PAGE}&order_by=${encodeURIComponent(order)}`
  const pages: string[][] = []
  let cursor = ''
  if (isBackward) {
    const { body } = await client.get(
      `/rest/opportunities?limit=${RECORDS}&order_by=${encodeURIComponent(order)}`,
    )
    pages.push([body.data.opportunities.at(-1).id])
    cursor = `&ending_before=${encodeURIComponent(body.pageInfo.endCursor)}`
  }
  for (;;) {
    const { body } = await client.get(`/rest/opportunities?${search}${cursor}`)
    pages.push(body.data.opportunities.map(({ id }: { id: string }) => id))
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = body.pageInfo
    if (!(isBackward ? hasPreviousPage : hasNextPage)) break
    cursor = isBackward
      ? `&ending_before=${encodeURIComponent(startCursor)}`
      : `&starting_after=${encodeURIComponent(endCursor)}`
  }
  return (isBackward ? pages.toReversed() : pages).flat()
}

let server: TestGateway
let admin: Client
let restricted: Client

test.before(async () => {
  server = await startTestGateway()
  admin = await server.enter()
  const { pool } = server.gateway
  const role = await createRole(pool, admin.workspace.id, { label: 'Some', canReadAllObjectRecords: true })
  await upsertRowRules(pool, admin.workspace.id, role.id, 'company', {
    rules: [{ column: 'name', operand: 'IS_NOT', value: 'hidden' }],
    groups: [],
  })
  restricted = await server.client(admin.workspace, role.label)
})
test.after.always(() => server?.close())

const fill = async (records: World): Promise<void> => {
  const { pool } = server.gateway
  const of = (text: string) => bindSchema(text, admin.workspace.schemaName)
  await pool.query(of('truncate "__WS__".company cascade'))
  for (const [table, columns] of [
    ['company', 'id uuid, name text, annual_revenue_amount_micros bigint, deleted_at timestamptz'],
    ['person', 'id uuid, name_last_name text, company_id uuid, deleted_at timestamptz'],
    ['opportunity', 'id uuid, company_id uuid, point_of_contact_id uuid'],
  ] as const) {
    const names = columns.replaceAll(/ \w+(,|$)/g, '$1')
    await pool.query(
      of(
        `insert into "__WS__".${table} (${names}) select ${names} from jsonb_to_recordset($1) as r (${columns})`,
      ),
      [JSON.stringify(records[table])],
    )
  }
}

test('pages in an order over relations are those of a plain comparison', async (t) => {
  const [records] = fc.sample(world, { numRuns: 1, seed: SEED })
  if (records === undefined) throw new Error('There are no records.')
  await fill(records)
  const all = new Set(records.company.map(({ id }) => id))
  const { body } = await restricted.get('/rest/companies')
  const seen = new Set<string>(body.data.companies.map(({ id }: { id: string }) => id))
  const paths = [...reads(records, all).keys()].filter((path) => path !== 'id')
  const term = fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...ORDER_BY_DIRECTIONS))
  const orders = fc.uniqueArray(term, { minLength: 1, maxLength: 3, selector: ([path]) => path })
  t.log(`${ORDERS} orders, seed ${SEED}`)
  for (const terms of fc.sample(orders, { numRuns: ORDERS, seed: SEED }))
    for (const [client, visible] of [
      [admin, all],
      [restricted, seen],
    ] as const)
      for (const isBackward of [false, true])
        t.deepEqual(
          await readAll(client, terms, isBackward),
          sorted(records, reads(records, visible), terms),
          `${JSON.stringify(terms)} ${client === admin ? 'admin' : 'restricted'} ${isBackward ? 'backward' : 'forward'}`,
        )
})
