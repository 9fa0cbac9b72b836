// A Citus cluster, which TEST_CITUS_URL names: its start, requests to its workers, moves. Each test makes a
// database of its own, on all nodes or on the coordinator alone.

import { randomBytes } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { unsupportedCitus } from '../../sql/citus.ts'
import { migrate } from '../../sql/migrate.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { withModelNames } from '../../sql/pipeline/shardError.ts'
import { bindSchema, CALL_END } from '../../sql/placeholder.ts'
import { importSql } from '../../tenants/importSql.ts'
import { alterRefusalOf } from '../../tenants/model/change/run/alterRefusal.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { asSuperuser, openCitusDatabase, workersOf } from '../support/citus.ts'
import { urlOfDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'
import { onCluster } from '../support/where.ts'

const UPDATE_OBJECT = 'mutation ($i: UpdateOneObjectInput!) { updateOneObject(input: $i) { id } }'

const start = async (url: string): Promise<void> => {
  const pool = createOwnerPool(url)
  try {
    await migrate(pool, { secretKey: SECRET_KEY })
  } finally {
    await pool.end()
  }
}

/** A coordinator without workers. @returns its URL */
const createLonely = async (t: ExecutionContext, server: string): Promise<string> => {
  const name = `test_${randomBytes(6).toString('hex')}`
  const inServer = (sql: string) => asSuperuser(server, (client) => client.query(sql))
  await inServer(`create database ${name}`)
  t.teardown(() => inServer(`drop database ${name} with (force)`))
  const url = urlOfDatabase(server, name)
  await asSuperuser(url, async (client) => {
    await client.query('create extension citus')
    await client.query(
      `select citus_set_coordinator_host('127.0.0.1', current_setting('port')::int);
       update pg_dist_node set shouldhaveshards = true`,
    )
  })
  return url
}

const hasControlSchema = (url: string): Promise<boolean> =>
  asSuperuser(url, async (client) => {
    const { rows } = await client.query(`select to_regnamespace('tenantry') is not null as there`)
    return rows[0].there
  })

const SHARDS = new Map([
  ['company', 'company_102040'],
  ['od"d', 'od"d_102041'],
])

for (const [text, bound] of [
  // Neither a function nor a type.
  [
    'select "__WS__"."company"(null::"__WS__"."company") from "__WS__"."company" c',
    'select "w"."company"(null::"w"."company") from "w"."company_102040" c',
  ],
  [
    'insert into "__WS__"."od""d" as d ("__WS__") values ($1)',
    'insert into "w"."od""d_102041" as d ("__WS__") values ($1)',
  ],
  [
    'update "__WS__"."view" set a = "__WS__"."search_text"($1)',
    'update "w"."view" set a = "w"."search_text"($1)',
  ],
] as const) {
  test(`on a node, tables have the names of their shards: ${text}`, (t) => {
    t.is(bindSchema(text, 'w', SHARDS), bound)
  })
  test(`with one Postgres, the schema alone is replaced: ${text}`, (t) => {
    t.is(bindSchema(text, 'w'), text.replaceAll('"__WS__".', '"w".'))
  })
}

test('on a node, the results of a function are numbered, so that its body is a statement of its own', (t) => {
  const text = `select called.id from "__WS__"."mine"()${CALL_END} as called`
  t.is(bindSchema(text, 'w', SHARDS), 'select called.id from "w"."mine"() with ordinality as called')
  t.is(bindSchema(text, 'w'), `select called.id from "w"."mine"()${CALL_END} as called`)
})

test('errors of a node get the names of the model', (t) => {
  const error = new pg.DatabaseError('in "company_102040" violates "company_key_102040"', 0, 'error')
  error.table = 'company_102040'
  error.constraint = 'company_key_102040'
  error.detail = 'Key (name)=(x_7) is not present in table "od"d_102041".'
  withModelNames(error, SHARDS)
  t.is(error.message, 'in "company" violates "company_key"')
  t.deepEqual([error.table, error.constraint], ['company', 'company_key'])
  t.is(error.detail, 'Key (name)=(x_7) is not present in table "od"d".')
  const other = new pg.DatabaseError('of "t_102040"', 0, 'error')
  t.is(withModelNames(other, undefined).message, 'of "t_102040"')
})

for (const [code, message, isOfCitus] of [
  ['0A000', 'alter table command of distributed tables is currently unsupported', true],
  ['XX000', 'cannot reach a shard of the table', true],
  ['0A000', 'cannot alter type of a column used by a view or rule', false],
] as const)
  test(`a change is refused ${isOfCitus ? 'for the cluster' : 'as ever'}: ${message}`, (t) => {
    const refusal = alterRefusalOf(Object.assign(new pg.DatabaseError(message, 0, 'error'), { code }))
    if (!(refusal instanceof Refusal)) throw new Error('not a refusal')
    t.is(refusal.message.startsWith('The Citus cluster does not support this change: '), isOfCitus)
    t.true(refusal.message.includes(message))
  })

for (const [version, server, isSupported] of [
  ['13.2-1', 15, true],
  ['13.2-1', 17, true],
  ['13.2-1', 18, false],
  ['13.1-1', 15, false],
  ['13.20-1', 15, false],
  ['12.1-1', 15, false],
  ['14.0-1', 15, false],
  ['14.0-1', 16, true],
  ['14.1-2', 18, true],
  ['15.0-1', 18, false],
] as const)
  test(`Citus ${version} on Postgres ${server} is ${isSupported ? 'supported' : 'refused by name'}`, (t) => {
    const refusal = unsupportedCitus({ version, server })
    if (isSupported) t.is(refusal, null)
    else
      t.true(
        refusal?.includes(`Citus ${version} on Postgres ${server}`),
        refusal ?? 'the versions are not named',
      )
  })

onCluster(
  'a start is refused where Citus would distribute the control schema, and changes nothing',
  async (t, coordinator) => {
    const url = await createLonely(t, coordinator)
    const sharding = Object.assign(new URL(url), {
      search: `?options=${encodeURIComponent('-c citus.enable_schema_based_sharding=on')}`,
    }).href
    await t.throwsAsync(start(sharding), {
      message: /citus\.enable_schema_based_sharding is on, .+ Switch it off/s,
    })
    t.false(await hasControlSchema(url))

    // Without it everything is local, as on any Postgres.
    await start(url)
    const pool = createOwnerPool(url)
    t.teardown(() => pool.end())
    const { schemaName } = await createWorkspace(pool, { name: 'local', standardObjects: false })
    await start(url)

    await asSuperuser(sharding, (client) =>
      client
        .query(`create schema elsewhere`)
        .then(() => client.query('create table elsewhere.note (id int)')),
    )
    await start(url)
    await pool.query('update tenantry.workspaces set schema_name = $1', ['elsewhere'])
    await t.throwsAsync(start(url), {
      message:
        /distributed the schemas of workspaces \(1, such as elsewhere\).+citus_schema_undistribute\('elsewhere'\)/s,
    })
    await pool.query(`select citus_schema_undistribute('elsewhere')`)
    await start(url)
    await pool.query('update tenantry.workspaces set schema_name = $1', [schemaName])
  },
)

onCluster('a worker is refused', async (t, coordinator) => {
  const [worker = ''] = await workersOf(coordinator)
  await t.throwsAsync(start(worker), { message: /worker of a Citus cluster.+the coordinator/ })
})

const placesOf = async (pool: pg.Pool, schema: string): Promise<readonly number[]> => {
  const { rows } = await pool.query<{ port: number }>(
    `select distinct nodeport as port from citus_shards where split_part(table_name::text, '.', 1) = $1`,
    [schema],
  )
  return rows.map(({ port }) => port)
}

onCluster(
  'a workspace is on a worker, and its records are read and written there',
  async (t, coordinator) => {
    const database = await openCitusDatabase(coordinator)
    const gateway = await startTestGateway({ database, environment: { POOL_SIZE: '3', CAPTURE: 'demand' } })
    t.teardown(async () => {
      await gateway.close()
      await database.close()
    })
    const { pool, workers } = database
    const acme = await gateway.enter()
    const { schemaName } = acme.workspace
    const ports = workers.map((worker) => Number(new URL(worker).port))
    const [place = 0, ...others] = await placesOf(pool, schemaName)
    t.deepEqual(others, [])
    t.true(ports.includes(place))

    // Positions come from the sequence, whose default shards lack.
    const made = await acme.request('POST', '/rest/companies', { name: 'Acme' })
    t.is(made.status, 201, made.text)
    const { id } = made.body.data.createCompany
    t.is(typeof made.body.data.createCompany.position, 'number')
    const batch = await acme.request('POST', '/rest/batch/companies?upsert=true', [
      { id, name: 'Acme 2' },
      { id, name: 'Acme 3' },
      { name: 'Other' },
    ])
    t.is(batch.status, 201, batch.text)
    t.is((await acme.request('PATCH', `/rest/companies/${id}`, { name: 'Acme 4' })).status, 200)
    const found = await acme.get('/rest/companies?order_by=name')
    t.deepEqual(
      found.body.data.companies.map(({ name }: { name: string }) => name),
      ['Acme 4', 'Other'],
    )
    // Errors have the names of the model.
    const double = await acme.request('POST', '/rest/companies', { id, name: 'Twice' })
    t.deepEqual([double.status, double.body.fields, double.body.conflictingRecordId], [409, ['id'], id])
    const lost = await acme.request('POST', '/rest/people', {
      companyId: '00000000-0000-4000-8000-000000000000',
    })
    t.deepEqual([lost.status, lost.body.fields], [409, ['companyId']])

    // Tables of the metadata API, under another name, and gone with their sequence.
    const metadata = metadataOf(acme)
    const object = await metadata.createObject('rocket')
    t.is((await acme.request('POST', '/rest/rockets', { name: 'one' })).status, 201)
    await metadata.ask(UPDATE_OBJECT, {
      i: {
        id: object,
        update: { nameSingular: 'craft', namePlural: 'crafts', labelSingular: 'C', labelPlural: 'Cs' },
      },
    })
    t.is((await acme.request('POST', '/rest/crafts', { name: 'two' })).status, 201)
    await metadata.ask(UPDATE_OBJECT, { i: { id: object, update: { isActive: false } } })
    await metadata.ask('mutation ($i: DeleteOneObjectInput!) { deleteOneObject(input: $i) { id } }', {
      i: { id: object },
    })
    const { rows } = await pool.query(
      `select relname from pg_class where relnamespace = $1::regnamespace and relkind = 'S' and relname ~ 'craft|rocket'`,
      [schemaName],
    )
    t.deepEqual(rows, [])

    // Tables made by hand. A sequence of integers has no values on workers.
    const by = (sql: string) => pool.query(sql.replaceAll('$w', schemaName))
    await t.throwsAsync(by('create table $w.small (id serial primary key)'), {
      message: /"?id"? .+ type integer/,
    })
    await by(
      'create table $w.ship (id bigserial primary key, n bigint generated by default as identity, label text)',
    )
    await until('the table is served', async () => (await acme.get('/rest/ships')).status === 200)
    const ship = await acme.request('POST', '/rest/ships', { label: 'x' })
    t.is(ship.status, 201, ship.text)
    t.truthy(ship.body.data.createShip.n)

    // What Citus would leave on the coordinator, and what ends a backend of Citus.
    await by('create view $w.shown as select label from $w.ship')
    await by(`create function $w.act() returns trigger language plpgsql as $x$ begin return null; end $x$`)
    for (const [sql, message] of [
      [
        'create rule r as on delete to $w.ship do instead nothing',
        /rules of .+ would not apply on the workers/,
      ],
      [
        'create trigger t instead of insert on $w.shown for each row execute function $w.act()',
        /triggers of the view .+ would not run on the workers/,
      ],
      ['create table $w.bare ()', /no column but generated ones/],
      ['create table $w.bare (seven int generated always as (7) stored)', /no column but generated ones/],
      ['create table $w.bare as select', /no column but generated ones/],
    ] as const)
      await t.throwsAsync(by(sql), { message }, sql)

    // Scripts are sent statement by statement, and rows on workers count.
    const imported = await importSql(
      pool,
      acme.workspace.id,
      `create table berth (id int primary key, label text);
     create function mark() returns trigger language plpgsql as $x$ begin new.label := 'm'; return new; end $x$;
     create trigger mark before insert on berth for each row execute function mark();
     insert into berth values (1, 'a'); insert into berth values (2, 'b');`,
    )
    t.is(imported.rows, 2)
    t.is((await importSql(pool, acme.workspace.id, `insert into berth values (3, 'c')`)).rows, 1)
    await until('the table is served', async () => (await acme.get('/rest/berths')).status === 200)
    t.is((await acme.get('/rest/berths?filter=label[eq]:m')).body.totalCount, 3)

    // Moves under writers lose nothing that was answered, and fail nothing.
    const answered: string[] = []
    let isMoving = true
    const writers = [1, 2, 3].map(async (writer) => {
      for (let count = 0; isMoving; count++) {
        const name = `writer ${writer}, note ${count}`
        const answer = await acme.request('POST', '/rest/notes', { title: name })
        t.is(answer.status, 201, answer.text)
        answered.push(name)
      }
    })
    for (const mode of ['force_logical', 'block_writes']) {
      const before = answered.length
      await until('some are written before the move', () => answered.length > before + 5)
      const [from] = await placesOf(pool, schemaName)
      const to = workers.map((worker) => new URL(worker)).find(({ port }) => Number(port) !== from)
      await pool.query('select citus_schema_move($1::regnamespace, $2, $3, $4)', [
        schemaName,
        to?.hostname,
        Number(to?.port),
        mode,
      ])
      t.deepEqual(await placesOf(pool, schemaName), [Number(to?.port)])
    }
    isMoving = false
    await Promise.all(writers)
    const { rows: kept } = await pool.query<{ title: string }>(`select title from "${schemaName}".note`)
    t.deepEqual(kept.map(({ title }) => title).toSorted(), answered.toSorted())
    t.log(`${answered.length} writes in two moves`)
  },
)
