// Groups compiled in parts give what one pass over all records gives: sample records from the nearest ones and
// from the members of groups that lack some, aggregates of each foreign key put together. GROUPS_SEED changes
// the records.

import test from 'ava'
import fc from 'fast-check'
import pg from 'pg'
import { aggregatesOf } from '../../gateway/records/read/aggregate.ts'
import { prepareGroupBy } from '../../gateway/rest/reads.ts'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { inTransaction } from '../../sql/ownerPool.ts'
import { bindSchema, quoteIdentifier, type ShardNames } from '../../sql/placeholder.ts'
import type { Model } from '../../tenants/model/model.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { ownerUrlAt } from '../support/citus.ts'
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts'
import { shardsAt } from '../support/placement.ts'
import { parsedRequest } from '../support/restRequest.ts'

const SEED = Number(process.env.GROUPS_SEED ?? Date.now() % 2 ** 31)
const COMPANIES = 7
const RECORDS = 90
const SAMPLE = 10

let database: OpenTestDatabase
let schema: string
let owner: pg.Pool
let shards: ShardNames | undefined
let model: Model
/** Does not see companies of one name. */
let restricted: string

const idOf = (kind: number, n: number): string =>
  `0198c0de-000${kind}-7000-8000-${String(n).padStart(12, '0')}`
const time = fc.constantFrom('2025-12-31T23:30:00Z', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z')
const trashed = fc.constantFrom(null, null, null, null, '2026-01-01T00:00:00Z')
const companyId = fc.option(
  fc.nat(COMPANIES - 1).map((n) => idOf(1, n)),
  { freq: 4 },
)

const COLUMNS = {
  company: 'id uuid, name text, created_at timestamptz, deleted_at timestamptz',
  person:
    'id uuid, job_title text, name_last_name text, company_id uuid, created_at timestamptz, deleted_at timestamptz',
  opportunity:
    'id uuid, name text, amount_amount_micros bigint, company_id uuid, created_at timestamptz, deleted_at timestamptz',
} as const

const drawn = {
  company: fc.record({
    name: fc.constantFrom(null, '', 'a', 'b', 'hidden'),
    created_at: time,
    deleted_at: trashed,
  }),
  person: fc.record({
    // Few share the last ones, as in large tables.
    job_title: fc
      .integer({ min: 0, max: 60 })
      .map((n) => (n < 20 ? null : n < 25 ? '' : n < 50 ? 'x' : `y${n}`)),
    name_last_name: fc.constantFrom(null, 'l', 'm', 'n'),
    company_id: companyId,
    created_at: time,
    deleted_at: trashed,
  }),
  opportunity: fc.record({
    name: fc.constantFrom(null, 'p', 'q'),
    amount_amount_micros: fc.option(fc.bigInt(-(2n ** 60n), 2n ** 60n).map(String)),
    company_id: companyId,
    created_at: time,
    deleted_at: trashed,
  }),
}

test.before(async () => {
  database = await openTestDatabase()
  const { pool } = database
  const workspace = await createWorkspace(pool, { name: 'Groups' })
  schema = workspace.schemaName
  const role = await createRole(pool, workspace.id, { label: 'Some', canReadAllObjectRecords: true })
  await upsertRowRules(pool, workspace.id, role.id, 'company', {
    rules: [{ column: 'name', operand: 'IS_NOT', value: 'hidden' }],
    groups: [],
  })
  restricted = await inTransaction(pool, (client) => ensurePgRole(client, role.id))
  for (const [kind, table] of (['company', 'person', 'opportunity'] as const).entries()) {
    const count = table === 'company' ? COMPANIES : RECORDS
    const records = fc
      .sample<object>(drawn[table], { numRuns: count, seed: SEED })
      .map((record, n) => ({ ...record, id: idOf(kind + 1, n) }))
    const names = COLUMNS[table].replaceAll(/ \w+(,|$)/g, '$1')
    await pool.query(
      bindSchema(
        `insert into "__WS__".${table} (${names}) select ${names} from jsonb_to_recordset($1) as r (${COLUMNS[table]})`,
        schema,
      ),
      [JSON.stringify(records)],
    )
  }
  owner = new pg.Pool({ connectionString: await ownerUrlAt(database, schema) })
  shards = await shardsAt(database, schema)
  const catalog = await readCatalog(pool, schema)
  if (catalog === null) throw new Error('The workspace has no schema.')
  model = deriveModel(catalog, { standard: true })
})
test.after.always(async () => {
  await owner?.end()
  await database?.close()
})

const objectOf = (plural: string) => {
  const object = model.byPlural.get(plural)
  if (object === undefined) throw new Error(`There are no ${plural}.`)
  return object
}

interface Group {
  readonly groupByDimensionValues: readonly unknown[]
  readonly records?: readonly { readonly id: string }[]
}

const as = async <T>(
  role: string | null,
  work: (run: (text: string, values?: readonly (string | null)[]) => Promise<T>) => Promise<T>,
): Promise<T> => {
  const client = await owner.connect()
  try {
    await client.query('begin')
    if (role !== null) await client.query(`set local role ${quoteIdentifier(role)}`)
    await client.query('set local search_path = pg_catalog')
    return await work(async (text, values = []) => {
      const { rows } = await client.query({
        text: bindSchema(text, schema, shards),
        values: [...values],
        rowMode: 'array',
        types: { getTypeParser: () => (value: string) => value },
      })
      return rows as T
    })
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** @param nearest records that are ranked for all groups; default: as in production */
const groupsOf = async (
  role: string | null,
  plural: string,
  parameters: Readonly<Record<string, unknown>>,
  nearest?: number,
): Promise<readonly Group[]> => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters))
    search.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  const request = parsedRequest('GET', `/${plural}/groupBy`, search.toString())
  if (request.kind !== 'groupBy') throw new Error('These are no groups.')
  const groups = { ...request.groups, ...(nearest === undefined ? {} : { nearest }) }
  const { text, values, write } = prepareGroupBy(model, objectOf(plural), { ...request, groups })
  return JSON.parse(write(await as(role, (run) => run(text, values))))
}

const month = { granularity: 'MONTH' }
const DIMENSIONS: readonly (readonly object[])[] = [
  [{ jobTitle: true }],
  [{ company: { name: true } }],
  [{ companyId: true }],
  [{ createdAt: month }],
  [{ company: { createdAt: month } }, { company: { name: true } }],
  [{ jobTitle: true }, { company: { name: true } }],
  [{ company: { name: true } }, { name: { lastName: true } }],
]
const ORDERS = [
  'id',
  'name.lastName[DescNullsLast]',
  'company.name[AscNullsLast],jobTitle',
  'createdAt[DescNullsFirst]',
]

test('sample records are the same, however many of the nearest are ranked', async (t) => {
  t.log(`seed ${SEED}`)
  const draw = fc.tuple(
    fc.constantFrom(...ORDERS),
    fc.constantFrom('', 'jobTitle[neq]:x', 'name.lastName[eq]:l'),
  )
  const drawnOrders = fc.sample(draw, { numRuns: DIMENSIONS.length, seed: SEED })
  for (const [index, group_by] of DIMENSIONS.entries()) {
    const [order, filter] = drawnOrders[index] ?? []
    const parameters = {
      ...{ group_by, aggregate: ['totalCount'], include_records_sample: 'true', limit: '200' },
      ...{ order_by_for_records: order, ...(filter === '' ? {} : { filter }) },
    }
    for (const role of [null, restricted]) {
      const whole = await groupsOf(role, 'people', parameters)
      for (const nearest of [0, 1, 25])
        t.deepEqual(await groupsOf(role, 'people', parameters, nearest), whole, JSON.stringify(parameters))
    }
  }
})

test('sample records are the first of each group, in a total order', async (t) => {
  const shown = `select p.id, coalesce(p.job_title, ''), case when c.id is not null then coalesce(c.name, '') end
    from "__WS__".person p left join "__WS__".company c on c.id = p.company_id and c.deleted_at is null
    where p.deleted_at is null order by p.name_last_name desc nulls last, p.id`
  for (const role of [null, restricted]) {
    const rows = (await as<unknown>(role, (run) => run(shown))) as readonly (readonly (string | null)[])[]
    for (const [column, group_by] of [
      [1, [{ jobTitle: true }]],
      [2, [{ company: { name: true } }]],
    ] as const) {
      const expected = new Map(
        [...Map.groupBy(rows, (row) => row[column])].map(([value, members]) => [
          value ?? null,
          members.slice(0, SAMPLE).map(([id]) => id),
        ]),
      )
      for (const nearest of [3, undefined]) {
        const parameters = {
          group_by,
          include_records_sample: 'true',
          limit: '200',
          order_by_for_records: ORDERS[1],
        }
        const groups = await groupsOf(role, 'people', parameters, nearest)
        t.is(groups.length, expected.size)
        for (const {
          groupByDimensionValues: [value = null],
          records,
        } of groups)
          t.deepEqual(
            records?.map(({ id }) => id),
            expected.get(value as string | null),
          )
      }
    }
  }
})

test('aggregates put together from those of each foreign key are the same', async (t) => {
  t.log(`seed ${SEED}`)
  const all = [...aggregatesOf(objectOf('opportunities')).values()]
  const names = all.filter(({ parts }) => parts !== null).map(({ name }) => name)
  t.true(names.includes('avgAmountAmountMicros') && names.includes('percentageEmptyName'))
  t.false(names.includes('countUniqueValuesName'))
  for (const role of [null, restricted])
    for (const group_by of [
      [{ company: { name: true } }],
      [{ company: { createdAt: month } }, { company: { name: true } }],
    ]) {
      const parameters = {
        group_by,
        aggregate: names,
        order_by: [{ aggregate: { sumAmountAmountMicros: 'DescNullsLast' } }],
      }
      const inParts = await groupsOf(role, 'opportunities', parameters)
      const inOne = await groupsOf(role, 'opportunities', {
        ...parameters,
        aggregate: [...names, 'countUniqueValuesName'],
      })
      t.true(inOne.length > 1)
      t.deepEqual(
        inParts,
        inOne.map((group) =>
          Object.fromEntries(Object.entries(group).filter(([name]) => name !== 'countUniqueValuesName')),
        ),
      )
    }
})
