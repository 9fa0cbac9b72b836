// Phone numbers are found in every usual format: for numbers of several countries, every format and every
// part of four digits or more finds exactly its person. Workspaces of an earlier version get there by
// background maintenance.

import test from 'ava'
import pino from 'pino'
import { createMaintenance } from '../../gateway/jobs/maintenance.ts'
import { tryAlone } from '../../sql/advisoryLock.ts'
import { renewSearchVectors } from '../../tenants/model/searchUpgrade.ts'
import { upgradeWorkspaces } from '../../tenants/upgrade/ledger.ts'
import { UPGRADE_STEPS } from '../../tenants/upgrade/steps.ts'
import { earlierSearchFunctions, earlierVector } from '../support/earlierSearchText.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { setEstimate } from '../support/placement.ts'
import { runInSchema } from '../support/sqlByHand.ts'
import { until } from '../support/until.ts'

let server: TestGateway
let client: Client
/** Of the upgrade of a workspace, by the gateway's round at its start, if that is late, or by a round of the test. */
const upgrades: string[] = []
const note = (message: string): void => {
  if (message.includes('of an earlier version')) upgrades.push(message)
}

interface Phone {
  readonly name: string
  readonly country: string
  readonly code: string
  readonly national: string
  /** How it is dialled within its country. */
  readonly ways: readonly string[]
}

const PHONES: readonly Phone[] = [
  {
    name: 'Britain',
    country: 'GB',
    code: '+44',
    national: '2079460018',
    ways: ['020 7946 0018', '(020) 7946-0018', '+44 (0)20 7946 0018', '0044 20 7946 0018', '020.7946.0018'],
  },
  {
    name: 'America',
    country: 'US',
    code: '+1',
    national: '2125550187',
    ways: ['(212) 555-0187', '1-212-555-0187', '212.555.0187', '001 212 555 0187'],
  },
  {
    name: 'France',
    country: 'FR',
    code: '+33',
    national: '153234591',
    ways: ['01 53 23 45 91', '+33 1 53 23 45 91', '01.53.23.45.91', '0033153234591'],
  },
  {
    name: 'Germany',
    country: 'DE',
    code: '+49',
    national: '3023125678',
    ways: ['030/23125678', '030 - 231 25 678', '+49 (30) 23125678', '011 49 30 23125678'],
  },
  {
    name: 'Italy',
    country: 'IT',
    code: '+39',
    national: '0648912345',
    ways: ['06 4891 2345', '+39 06 4891 2345', '0039 06 48912345'],
  },
  {
    name: 'Russia',
    country: 'RU',
    code: '+7',
    national: '9161234509',
    ways: ['8 (916) 123-45-09', '+7 916 123 45 09', '89161234509'],
  },
]

const SHORTEST = 4

test.before(async () => {
  const log = pino({ level: 'info' }, { write: (line: string) => note(JSON.parse(line).msg ?? '') })
  server = await startTestGateway({ log })
  client = await server.enter()
  const people = PHONES.map(({ name, country, code, national }) => ({
    name: { firstName: name },
    phones: { primaryPhoneNumber: national, primaryPhoneCountryCode: country, primaryPhoneCallingCode: code },
  }))
  const { status, text } = await client.request('POST', '/rest/batch/people', [
    ...people,
    {
      name: { firstName: 'Several' },
      phones: {
        primaryPhoneNumber: '612345670',
        primaryPhoneCountryCode: 'FR',
        primaryPhoneCallingCode: '+33',
        additionalPhones: [{ number: '7400123456', countryCode: 'GB', callingCode: '+44' }],
      },
    },
    { name: { firstName: 'Nobody' }, jobTitle: 'Line 2079' },
  ])
  if (status !== 201) throw new Error(text)
})
test.after.always(() => server?.close())

const found = async (asked: Client, searchInput: string): Promise<string[]> => {
  const { body, text } = await asked.graphql(
    `query ($searchInput: String!) { search(searchInput: $searchInput, limit: 20, includedObjectNameSingulars: ["person"]) { edges { node { label } } } }`,
    { searchInput },
  )
  if (body.errors) throw new Error(text)
  return body.data.search.edges.map(({ node }: { node: { label: string } }) => node.label).sort()
}

for (const { name, code, national, ways } of PHONES)
  test(`${name}: each way of writing the number finds it`, async (t) => {
    for (const way of [...ways, national, `${code}${national}`, `${code} ${national}`, `${name} ${ways[0]}`])
      t.deepEqual(await found(client, way), [name], way)
  })

test('every part of four digits or more finds the number', async (t) => {
  t.timeout(240_000)
  for (const { name, code, national } of PHONES) {
    const digits = code.slice(1) + national
    for (let from = 0; from + SHORTEST <= digits.length; from += 1)
      for (const length of [SHORTEST, SHORTEST + 1, digits.length - from]) {
        const part = digits.slice(from, from + length)
        t.true((await found(client, part)).includes(name), `${part} of ${digits}`)
      }
    t.true((await found(client, `${national.slice(0, 3)} ${national.slice(3, 7)}`)).includes(name))
  }
})

test('further numbers are found too, and digits outside a number find nothing', async (t) => {
  t.deepEqual(await found(client, '07400 123456'), ['Several'])
  t.deepEqual(await found(client, '+44 7400 123-456'), ['Several'])
  t.deepEqual(await found(client, '0123456'), ['Several'])
  t.deepEqual(await found(client, '2079'), ['Britain', 'Nobody'])
  t.deepEqual(await found(client, '555 9999'), [])
  t.deepEqual(await found(client, '0000'), [])
})

test('a search by the vector itself finds them, over both protocols', async (t) => {
  const { body } = await client.graphql(
    '{ people(filter: { searchVector: { search: "020 7946 0018" } }) { edges { node { name { firstName } } } } }',
  )
  t.is(body.data.people.edges[0].node.name.firstName, 'Britain')
  const rest = await client.get(
    `/rest/people?filter=${encodeURIComponent('searchVector[search]:"(020) 7946-0018"')}`,
  )
  t.is(rest.body.totalCount, 1)
})

const earlierPersonVector = (schema: string): string =>
  earlierVector(schema, 'person', ['name_first_name', 'phones_primary_phone_number'])

// Maintenance visits every workspace of the database: the two tests of earlier versions run one by one.
test.serial(
  'a workspace of an earlier version gets the new vector in the background, and keeps its permissions',
  async (t) => {
    const old = await server.enter('Earlier')
    const { pool } = server.gateway
    const schema = `"${old.workspace.schemaName}"`
    const { rows } = await pool.query(
      `select pg_get_expr(d.adbin, d.adrelid) as expression from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
     where a.attrelid = $1::regclass and a.attname = 'search_vector'`,
      [`${schema}.person`],
    )
    const start: number = rows[0].expression.search(/search_phones/)
    t.true(start > 0, rows[0].expression)
    await runInSchema(
      pool,
      old.workspace.schemaName,
      `${earlierSearchFunctions(old.workspace.schemaName)}; ${earlierPersonVector(schema)}`,
    )
    await old.request('POST', '/rest/people', {
      name: { firstName: 'Before' },
      phones: { primaryPhoneNumber: '2079460018', primaryPhoneCountryCode: 'GB' },
    })
    t.deepEqual(await found(old, '7946 0018'), [])
    const write = (_: object, message: string): void => note(message)
    const log = { debug: write, info: write, warn: write, error: write }
    const maintenance = createMaintenance({ feedRetentionDays: 7, pool, log })
    await until('it is upgraded', async () => {
      await maintenance.run()
      return upgrades.length > 1
    })
    await maintenance.close()
    t.deepEqual(upgrades.toSorted(), [
      'recomputed a search vector of an earlier version',
      'replaced the search function of an earlier version',
    ])
    t.deepEqual(await found(old, '7946 0018'), ['Before'])
    await old.request('POST', '/rest/people', {
      name: { firstName: 'After' },
      phones: { primaryPhoneNumber: '2079460019', primaryPhoneCountryCode: 'GB' },
    })
    t.deepEqual(await found(old, '020 7946 0019'), ['After'])
  },
)

test.serial(
  'a workspace of an earlier version gets the new function of searched text, with its vectors and index as they were',
  async (t) => {
    const old = await server.enter('Folded earlier')
    const { pool } = server.gateway
    const schema = `"${old.workspace.schemaName}"`
    await runInSchema(
      pool,
      old.workspace.schemaName,
      `${earlierSearchFunctions(old.workspace.schemaName)}; ${earlierVector(schema, 'company', ['name'])}`,
    )
    for (const name of ['Émile', 'Straße', 'Ada']) await old.request('POST', '/rest/companies', { name })
    const stored = async () => {
      const { rows } = await pool.query(
        `select name, search_vector::text, ctid::text from ${schema}.company order by name`,
      )
      return rows
    }
    const before = await stored()
    const [step] = UPGRADE_STEPS.filter(({ name }) => name === 'searchFunction')
    t.deepEqual(await step?.waiting(pool, old.workspace.id), [old.workspace.id])
    t.false((await step?.waiting(pool, null))?.includes(client.workspace.id))
    await step?.run(pool, old.workspace.id, { allowRewrite: false })
    t.deepEqual(await step?.waiting(pool, old.workspace.id), [])
    t.deepEqual(await stored(), before)
    await old.request('POST', '/rest/companies', { name: 'Émilie' })
    const { body } = await old.graphql(
      '{ search(searchInput: "emil", limit: 9) { edges { node { label } } } }',
    )
    t.deepEqual(body.data.search.edges.map((edge: { node: { label: string } }) => edge.node.label).sort(), [
      'Émile',
      'Émilie',
    ])
    const { rows } =
      await pool.query(`with made as (select ${schema}.search_text('é')) select lanname, (select * from made) as folded
    from pg_proc p join pg_language l on l.oid = p.prolang where p.oid = '${schema}.search_text(text)'::regprocedure`)
    t.deepEqual(rows, [{ lanname: 'plpgsql', folded: 'e' }])
  },
)

test.serial(
  'a large table of an earlier version is rewritten only where the operator allows it',
  async (t) => {
    const old = await server.enter('Large earlier')
    const { pool } = server.gateway
    const { id, schemaName } = old.workspace
    await old.request('POST', '/rest/people', {
      name: { firstName: 'Before' },
      phones: { primaryPhoneNumber: '2079460018', primaryPhoneCountryCode: 'GB' },
    })
    // Large by the estimate of Postgres, before a round of the gateway sees it.
    const make = async (): Promise<true> => {
      await runInSchema(
        pool,
        schemaName,
        `${earlierSearchFunctions(schemaName)}; ${earlierPersonVector(`"${schemaName}"`)}`,
      )
      await setEstimate(server.database, schemaName, 'person', 20_000)
      return true
    }
    await until('no round of the gateway runs', async () => (await tryAlone(pool, 'upkeep', make)) === true)
    const [refused] = await renewSearchVectors(pool, id, false)
    t.regex(
      String(refused?.error),
      /would rewrite the table "person" \(about \d+ rows, \d+ MB\) and block all reads/,
    )
    const errorsOf = async (allowRewrite: boolean): Promise<readonly (string | null)[]> => {
      const errors: (string | null)[] = []
      for await (const { error } of upgradeWorkspaces(pool, id, { allowRewrite })) errors.push(error)
      return errors
    }
    const [error, ...others] = await errorsOf(false)
    t.regex(error ?? '', /would rewrite.*--allow-rewrite/)
    // The function of searched text is replaced all the same.
    t.deepEqual(others, [null])
    t.deepEqual(await found(old, '7946 0018'), [])
    t.deepEqual(await errorsOf(true), [null])
    t.deepEqual(await found(old, '7946 0018'), ['Before'])
  },
)
