// Random changes over REST, GraphQL and SQL, some of them in transactions that roll back, against a model in
// memory that knows what each of three readers must see. Readers page with any limit and go on from any entry.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

const CHANGES = Number(process.env.FEED_CHANGES ?? 400)
const SEED = Number(process.env.FEED_SEED ?? 1)

const createRandom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

interface Company {
  readonly name: string
  readonly city: string
  readonly isDeleted: boolean
}

const CITIES = ['Paris', 'Rome', 'Lima']

/** The operation that a reader of one city, or of all, sees in a change. */
const expected = (city: string | null, before: Company | null, after: Company | null): string | null => {
  const sees = (company: Company | null): boolean =>
    company !== null && (city === null || company.city === city)
  if (after === null) return sees(before) ? 'destroyed' : null
  if (before === null) return sees(after) ? 'created' : null
  if (!sees(after)) return sees(before) ? 'removed' : null
  if (before.isDeleted !== after.isDeleted) return after.isDeleted ? 'deleted' : 'restored'
  return 'updated'
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

const reader = async (client: Client, random: (below: number) => number) => {
  let { position } = (await client.get('/changes')).body
  const told: string[] = []
  return {
    told,
    read: async (): Promise<void> => {
      const { body } = await client.get(`/changes?after=${position}&objects=company&limit=${1 + random(20)}`)
      const changes: readonly { id: string; operation: string; position: string }[] = body.data.changes
      // A client that ends in the middle of a page goes on from the entry that it handled last.
      const handled = changes.slice(0, random(4) === 0 ? random(changes.length + 1) : changes.length)
      told.push(...handled.map(({ id, operation }) => `${operation} ${id}`))
      position = handled.length === changes.length ? body.position : (handled.at(-1)?.position ?? position)
    },
  }
}

test(`${CHANGES} random changes reach each reader once, in order and no more than it may see (seed ${SEED})`, async (t) => {
  t.timeout(600_000)
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
  const companies = new Map<string, Company>()
  const note = (id: string, before: Company | null, after: Company | null): void => {
    for (const [at, city] of cities.entries()) {
      const operation = expected(city, before, after)
      if (operation !== null) truth[at]?.push(`${operation} ${id}`)
    }
    if (after === null) companies.delete(id)
    else companies.set(id, after)
  }
  const dataOf = ({ name, city }: Company) => ({ name, address: { addressCity: city } })
  const isSuccess = (status: number, text: string): void => {
    if (status >= 300 || text.includes('"errors"')) throw new Error(text)
  }
  const rest = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await admin.request(method, path, body)
    isSuccess(answer.status, answer.text)
    return answer.body.data
  }
  const create = async (after: Company): Promise<string> => {
    if (random(2) === 0) {
      const data = (await rest('POST', '/rest/companies', dataOf(after))) as { createCompany: { id: string } }
      return data.createCompany.id
    }
    const { rows } = await pool.query(
      `insert into ${table} (name, address_city) values ($1, $2) returning id`,
      [after.name, after.city],
    )
    return rows[0].id
  }
  const change = async (id: string, after: Company, path: number): Promise<void> => {
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
    for (let count = 0; count < CHANGES * 2 && each.told.length < (truth[at]?.length ?? 0); count += 1)
      await each.read()
    await each.read()
    t.deepEqual(each.told, truth[at] ?? [], `reader of ${cities[at]}`)
  }
  t.true((truth[1]?.length ?? 0) > CHANGES / 10)
})
