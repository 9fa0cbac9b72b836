// Random changes over REST, GraphQL and SQL, some of them in transactions that roll back, against a model in
// memory that knows what each of three readers must see. Readers page with any limit and go on from any entry.

import test from 'ava'
import pg from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { upsertFieldPermissions } from '../../tenants/permission/object.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { CITIES, type Company, createRandom, expectedOperation, type Random } from '../support/changeModel.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { type Effect, openWriter } from '../support/sqlWriters.ts'
import { subscribe, WAYS } from '../support/subscribers.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

const CHANGES = Number(process.env.FEED_CHANGES ?? 400)
const SEED = Number(process.env.FEED_SEED ?? 1)
const TIMEOUT_MS = 600_000 + CHANGES * 100

interface NamedCompany extends Company {
  readonly name: string
}

const sees = async (admin: Client, city: string): Promise<Client> => {
  const role = await createRole(pool, admin.workspace.id, {
    label: city,
    canReadAllObjectRecords: true,
    canUpdateAllObjectRecords: true,
    canSoftDeleteAllObjectRecords: true,
    canDestroyAllObjectRecords: true,
  })
  const client = await gateway.client(admin.workspace, city)
  const rules = [{ column: 'address_city', operand: 'IS', value: city }]
  await upsertRowRules(pool, admin.workspace.id, role.id, 'company', { rules, groups: [] })
  return client
}

const reader = async (client: Client, random: Random) => {
  let { position } = (await client.get('/changes')).body
  const delivered: string[] = []
  return {
    delivered,
    read: async (): Promise<void> => {
      const { body } = await client.get(`/changes?after=${position}&objects=company&limit=${1 + random(20)}`)
      const changes: readonly { id: string; operation: string; position: string }[] = body.data.changes
      // A client that ends in the middle of a page goes on from the entry that it handled last.
      const handled = changes.slice(0, random(4) === 0 ? random(changes.length + 1) : changes.length)
      delivered.push(...handled.map(({ id, operation }) => `${operation} ${id}`))
      position = handled.length === changes.length ? body.position : (handled.at(-1)?.position ?? position)
    },
  }
}

test.serial(
  `${CHANGES} random changes reach each reader once, in order and no more than it may see (seed ${SEED})`,
  async (t) => {
    t.timeout(TIMEOUT_MS)
    const random = createRandom(SEED)
    const admin = await gateway.enter()
    const table = `${quoteIdentifier(admin.workspace.schemaName)}.company`
    const cities: readonly (string | null)[] = [null, 'Paris', 'Rome']
    const readers = await Promise.all(
      cities.map(async (city) =>
        reader(city === null ? admin : await sees(admin, city), createRandom(SEED + 7)),
      ),
    )
    const truth = cities.map((): string[] => [])
    const companies = new Map<string, NamedCompany>()
    const note = (id: string, before: NamedCompany | null, after: NamedCompany | null): void => {
      for (const [at, city] of cities.entries()) {
        const operation = expectedOperation(city, before, after)
        if (operation !== null) truth[at]?.push(`${operation} ${id}`)
      }
      if (after === null) companies.delete(id)
      else companies.set(id, after)
    }
    const dataOf = ({ name, city }: NamedCompany) => ({ name, address: { addressCity: city } })
    const isSuccess = (status: number, text: string): void => {
      if (status >= 300 || text.includes('"errors"')) throw new Error(text)
    }
    const rest = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const answer = await admin.request(method, path, body)
      isSuccess(answer.status, answer.text)
      return answer.body.data
    }
    const create = async (after: NamedCompany): Promise<string> => {
      if (random(2) === 0) {
        const data = (await rest('POST', '/rest/companies', dataOf(after))) as {
          createCompany: { id: string }
        }
        return data.createCompany.id
      }
      const { rows } = await pool.query(
        `insert into ${table} (name, address_city) values ($1, $2) returning id`,
        [after.name, after.city],
      )
      return rows[0].id
    }
    const change = async (id: string, after: NamedCompany, path: number): Promise<void> => {
      if (path === 0) await rest('PATCH', `/rest/companies/${id}`, dataOf(after))
      else if (path === 1) {
        const answer = await admin.graphql(
          'mutation ($id: UUID!, $data: CompanyUpdateInput!) { updateCompany(id: $id, data: $data) { id } }',
          { id, data: dataOf(after) },
        )
        isSuccess(answer.status, answer.text)
      } else
        await pool.query(`update ${table} set name = $2, address_city = $3 where id = $1`, [
          id,
          after.name,
          after.city,
        ])
    }
    const rolledBack = async (): Promise<void> => {
      const client = await pool.connect()
      await client.query(
        `begin; insert into ${table} (name) values ('never'); update ${table} set name = 'never'; rollback`,
      )
      client.release()
    }

    for (let step = 0; step < CHANGES; step += 1) {
      const ids = [...companies.keys()]
      const id = ids[random(Math.max(1, ids.length))]
      const before = id === undefined ? null : (companies.get(id) ?? null)
      const wanted = { name: `n${step}`, city: CITIES[random(CITIES.length)] ?? '', isDeleted: false }
      const kind = random(10)
      if (id === undefined || before === null || (kind < 2 && ids.length < 12))
        note(await create(wanted), null, wanted)
      else if (kind === 2) {
        if (before.isDeleted || random(2) === 0) await pool.query(`delete from ${table} where id = $1`, [id])
        else await rest('DELETE', `/rest/companies/${id}`)
        note(id, before, null)
      } else if (kind === 3) {
        await rest(
          before.isDeleted ? 'PATCH' : 'DELETE',
          `/rest/companies/${id}${before.isDeleted ? '/restore' : '?soft_delete=true'}`,
        )
        note(id, before, { ...before, isDeleted: !before.isDeleted })
      } else if (kind === 4) await rolledBack()
      else {
        const after = { ...wanted, isDeleted: before.isDeleted }
        await change(id, after, before.isDeleted ? 2 : random(3))
        note(id, before, after)
      }
      if (random(4) === 0) for (const each of readers) await each.read()
    }
    for (const [at, each] of readers.entries()) {
      for (let count = 0; count < CHANGES * 2 && each.delivered.length < (truth[at]?.length ?? 0); count += 1)
        await each.read()
      await each.read()
      t.deepEqual(each.delivered, truth[at] ?? [], `reader of ${cities[at]}`)
    }
    t.true((truth[1]?.length ?? 0) > CHANGES / 10)
  },
)

/** Ends about a third of the gateway's backends, in the middle of any statement. */
const KILL = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
  and application_name like 'tenantry%' and pid <> pg_backend_pid() and (hashtext(pid::text || $1) % 3) = 0`

/** Roles that subscribe, what a record rule admits to each, and what none of its entries may contain. */
const openRoles = async (admin: Client) => {
  const { id } = admin.workspace
  const blind = await createRole(pool, id, { label: 'Blind', canReadAllObjectRecords: true })
  const hidden = [{ table: 'company', column: 'name', canRead: false }]
  await upsertFieldPermissions(pool, id, blind.id, hidden)
  return [
    { client: admin, city: null, never: null },
    { client: await sees(admin, 'Paris'), city: 'Paris', never: /Rome|Lima/ },
    {
      client: await gateway.client(admin.workspace, 'Blind'),
      city: null,
      never: /secret|"changedFields":\[[^\]]*"name"/,
    },
  ]
}

/** Changes one company over REST. After a broken connection, the database shows whether that was done. */
const overRest = async (
  admin: Client,
  sql: pg.Client,
  [id, before]: readonly [string, Company],
  after: NamedCompany,
): Promise<Effect | null> => {
  // A role that cannot read the name sees a change of another field.
  const data = {
    name: after.name,
    position: Number(after.name.slice(6)),
    address: { addressCity: after.city },
  }
  const { status, text } = await admin.request('PATCH', `/rest/companies/${id}`, data)
  if (status >= 400 && status < 500) throw new Error(text)
  const schema = quoteIdentifier(admin.workspace.schemaName)
  const found = await sql.query(`select from ${schema}.company where id = $1 and name = $2`, [id, after.name])
  return found.rowCount === 1 ? { id, before, after: { ...before, city: after.city } } : null
}

const byRecord = (changes: readonly { readonly id: string; readonly operation: string | null }[]) =>
  Object.fromEntries(
    [
      ...Map.groupBy(
        changes.filter(({ operation }) => operation !== null),
        ({ id }) => id,
      ),
    ].map(([id, ofIt]) => [id, ofIt.map(({ operation }) => operation)] as const),
  )

/** Random changes until `count` are committed. @returns them in their order, with the last company's id */
const makeChanges = async (admin: Client, count: number, onStep: () => Promise<void>) => {
  const random = createRandom(SEED)
  const table = `${quoteIdentifier(admin.workspace.schemaName)}.company`
  const companies = new Map<string, Company>()
  const truth: Effect[] = []
  const commit = (effect: Effect): void => {
    truth.push(effect)
    if (effect.after === null) companies.delete(effect.id)
    else companies.set(effect.id, effect.after)
  }
  const locked = new Set<string>()
  const connectionString = gateway.database.ownerUrl
  const open = () => openWriter({ connectionString, table, companies, locked, commit, random })
  const writers = await Promise.all([open(), open(), open(), open()])
  const sql = new pg.Client({ connectionString, application_name: 'killer' })
  await sql.connect()
  for (let step = 1; truth.length < count; step += 1) {
    const killed = random(40) === 0 ? sql.query(KILL, [`${step}`]) : null
    const name = `secret${step}`
    const free = [...companies].find(([id, { isDeleted }]) => !locked.has(id) && !isDeleted)
    if (free !== undefined && random(4) === 0) {
      const after = { name, city: CITIES[random(CITIES.length)] ?? '', isDeleted: false }
      const effect = await overRest(admin, sql, free, after)
      if (effect !== null) commit(effect)
    } else await writers[random(writers.length)]?.act(step)
    await killed
    await onStep()
  }
  for (const writer of writers) await writer.close()
  const { rows } = await sql.query<{ id: string }>(
    `insert into ${table} (name, address_city) values ('secret', 'Paris') returning id`,
  )
  await sql.end()
  const lastId = rows[0]?.id ?? ''
  commit({ id: lastId, before: null, after: { city: 'Paris', isDeleted: false } })
  return { truth, lastId }
}

const SUBSCRIBED = Number(process.env.FEED_CHANGES ?? 120)

test.serial(
  `${SUBSCRIBED} interleaved changes and lost connections: three subscribers (seed ${SEED})`,
  async (t) => {
    t.timeout(TIMEOUT_MS)
    const admin = await gateway.enter()
    const random = createRandom(SEED + 1)
    const roles = await openRoles(admin)
    const subscribers = await Promise.all(
      roles.map(({ client }, at) => {
        const way = WAYS[(at + SEED) % WAYS.length]
        if (way === undefined) throw new Error('There is no way to subscribe.')
        return subscribe(gateway.url, client, way, random)
      }),
    )
    const { truth, lastId } = await makeChanges(admin, SUBSCRIBED, async () => {
      if (random(8) === 0) await subscribers[random(3)]?.resume()
    })
    for (const [at, { city, never }] of roles.entries()) {
      const entries = (await subscribers[at]?.finish(lastId)) ?? []
      const wanted = truth.map(({ id, before, after }) => ({
        id,
        operation: expectedOperation(city, before, after),
      }))
      t.deepEqual(byRecord(entries), byRecord(wanted), `role ${at}`)
      t.is(new Set(entries.map(({ position }) => position)).size, entries.length, `positions of role ${at}`)
      if (never !== null) t.false(never.test(JSON.stringify(entries)), `role ${at}`)
    }
  },
)
