import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { Pool } from 'pg'
import { scratchDirectory, startGateway } from '../gateway/process.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { until } from '../support/until.ts'

const ROWS = 10_100

const openLarge = async (t: ExecutionContext, environment: Record<string, string> = {}) => {
  const server = await startTestGateway({ environment })
  t.teardown(server.close)
  const client = await server.enter()
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('rocket')
  const { pool } = server.gateway
  const table = `"${client.workspace.schemaName}".rocket`
  await pool.query(`insert into ${table} (name) select n::text from generate_series(1, ${ROWS}) n`)
  const id = await metadata.createField({ objectMetadataId, type: 'TEXT', name: 'code', label: 'Code' })
  const makeUnique = () =>
    metadata.ask(
      `mutation ($input: UpdateOneFieldMetadataInput!) {
        updateOneField(input: $input) { id isUnique buildState buildError buildProgress } }`,
      { input: { id, update: { isUnique: true } } },
    )
  const stateOf = async (id: string) => {
    const { field } = await metadata.ask(
      'query ($id: UUID!) { field(id: $id) { isUnique buildState buildError buildProgress } }',
      { id },
    )
    return field
  }
  return { server, client, metadata, objectMetadataId, pool, table, id, makeUnique, stateOf }
}

/** Twelve hours from now, so that nothing is built meanwhile. */
const closedWindow = (): string => {
  const hour = (new Date().getUTCHours() + 12) % 24
  return [hour, (hour + 1) % 24].map((each) => `${String(each).padStart(2, '0')}:00`).join('-')
}

/** A gateway that builds, in a process of its own, and a writer that keeps the build waiting. */
const startWorker = async (t: ExecutionContext, { database, gateway }: TestGateway, table: string) => {
  const { pool } = gateway
  const writer = await pool.connect()
  await writer.query(`begin; insert into ${table} (name) values ('held')`)
  // Later attempts wait for minutes.
  await pool.query('update tenantry.unfinished_steps set attempts = 9')
  const worker = startGateway(t, {
    ...{ DATABASE_URL: database.ownerUrl, SECRET_KEY: database.secretKey },
    DATA_DIR: await scratchDirectory(t),
  })
  const session = `pg_stat_activity a join tenantry.unfinished_steps u
    on u.worker_pid = a.pid and u.worker_started_at = a.backend_start`
  return {
    kill: async (): Promise<void> => {
      worker.signal('SIGKILL')
      await worker.exitCode()
      // The writer is still there: Postgres ends the session because its client is gone.
      await until('its session ends', async () => (await pool.query(`select from ${session}`)).rowCount === 0)
    },
    endWriter: async (): Promise<void> => {
      await writer.query('commit')
      writer.release()
    },
  }
}

/** Validity of the indexes of a column. */
const indexesOf = async (pool: Pool, table: string, column: string): Promise<readonly boolean[]> => {
  const { rows } = await pool.query<{ isValid: boolean }>(
    `select i.indisvalid as "isValid" from pg_index i join pg_attribute a on a.attrelid = i.indrelid
     where i.indrelid = $1::regclass and a.attname = $2 and a.attnum = any (i.indkey)`,
    [table, column],
  )
  return rows.map(({ isValid }) => isValid)
}

test('a unique field of a large table is answered as pending, and read as running and ready, though the gateway that builds it is killed', async (t) => {
  const { server, client, pool, table, makeUnique, stateOf, objectMetadataId, metadata } = await openLarge(
    t,
    {
      MAINTENANCE_WINDOW: closedWindow(),
    },
  )
  const { updateOneField: made } = await makeUnique()
  t.like(made, { isUnique: true, buildState: 'pending', buildError: null, buildProgress: null })
  t.like(await stateOf(made.id), { isUnique: true, buildState: 'pending' })
  const worker = await startWorker(t, server, table)
  await until('its progress is read', async () => (await stateOf(made.id)).buildProgress !== null)
  t.is((await stateOf(made.id)).buildState, 'running')
  const rest = await client.request('GET', `/rest/metadata/fields/${made.id}`)
  t.like(rest.body.data.field, { buildState: 'running', isUnique: true, buildError: null })
  const { object } = await metadata.ask(
    'query ($id: UUID!) { object(id: $id) { fieldsList { id name } indexMetadataList { name isValid buildState } } }',
    { id: objectMetadataId },
  )
  t.like(
    object.indexMetadataList.find(({ name }: { readonly name: string }) => name === 'rocket_code_key'),
    { isValid: false, buildState: 'running' },
  )
  // An upsert does not take it as a key yet.
  const upsert = await client.request('POST', '/rest/batch/rockets?upsert=true', [
    { code: 'x' },
    { code: 'y' },
  ])
  t.is(upsert.status, 201)
  await worker.kill()
  t.deepEqual(await indexesOf(pool, table, 'code'), [false])
  await worker.endWriter()
  // Another build makes this gateway look, which its window keeps from beginning builds of its own.
  const nameId = object.fieldsList.find(({ name }: { readonly name: string }) => name === 'name').id
  await metadata.ask(
    'mutation ($index: CreateIndexInput!) { createOneIndex(input: { index: $index }) { id } }',
    { index: { objectMetadataId, indexType: 'BTREE', fields: [{ fieldMetadataId: nameId }] } },
  )
  await until('it is built', async () => (await stateOf(made.id)).buildState === 'ready')
  t.deepEqual(await indexesOf(pool, table, 'code'), [true])
  t.deepEqual(await stateOf(made.id), {
    isUnique: true,
    buildState: 'ready',
    buildError: null,
    buildProgress: null,
  })
  const ready = await client.request('GET', `/rest/metadata/fields/${made.id}`)
  t.false('buildState' in ready.body.data.field)
  await until('records have the key', async () => {
    const { status } = await client.request('POST', '/rest/rockets', { code: 'x' })
    return status === 409
  })
})

test('a failed build is shown with its reason, and tried again on request', async (t) => {
  const { client, pool, table, metadata, id, stateOf } = await openLarge(t)
  await pool.query(`insert into ${table} (code) values ('7'), ('7')`)
  const path = `/rest/metadata/fields/${id}`
  const updated = await client.request('PATCH', path, { isUnique: true })
  t.is(updated.status, 200)
  t.like(updated.body.data.updateOneField, { buildState: 'pending', isUnique: true })
  await until('it has failed', async () => (await stateOf(id)).buildState === 'failed')
  t.like(await stateOf(id), { isUnique: false })
  t.regex((await stateOf(id)).buildError, /1 value occurs more than once, in 2 records/)
  await pool.query(`delete from ${table} where code = '7'`)
  const again = await client.request('POST', `${path}/build`)
  t.is(again.status, 200)
  t.like(again.body.data.retryFieldBuild, { id, buildState: 'pending' })
  await until('it is ready', async () => (await stateOf(id)).buildState === 'ready')
  t.true((await stateOf(id)).isUnique)
  const refused = await metadata.refused('mutation ($id: UUID!) { retryBuild(id: $id) }', { id })
  t.regex(refused.message, /It has no failed build/)
  t.is((await client.request('POST', `${path}/build`)).status, 409)
})

interface Seen {
  /** Requests by their backend and start, with the attempts of the change that they were seen waiting for. */
  readonly blocked: Map<string, Set<string>>
  readonly attempts: Set<string>
}

/** An attempt is a transaction. One that waits for the reader makes requests wait. */
const look = async (pool: Pool, { blocked, attempts }: Seen): Promise<void> => {
  const { rows } = await pool.query<{ attempt: string; request: string | null }>(
    `select d.pid || ' ' || d.xact_start as attempt, r.pid || ' ' || r.query_start as request
     from pg_stat_activity d join pg_locks l on l.pid = d.pid and l.mode = 'AccessExclusiveLock' and not l.granted
     left join pg_stat_activity r on r.usename like 'tenantry_gateway%' and d.pid = any (pg_blocking_pids(r.pid))
     where d.datname = current_database()`,
  )
  for (const { attempt, request } of rows) {
    attempts.add(attempt)
    if (request !== null) blocked.set(request, (blocked.get(request) ?? new Set()).add(attempt))
  }
}

test('a transaction that holds a table makes requests wait for one attempt of a change at most', async (t) => {
  const server = await startTestGateway()
  t.teardown(server.close)
  const client = await server.enter()
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('rocket')
  const { pool } = server.gateway
  const table = `"${client.workspace.schemaName}".rocket`
  const reader = await pool.connect()
  const field = { objectMetadataId, type: 'TEXT', name: 'fuel', label: 'Fuel' }
  const query = 'mutation ($input: CreateOneFieldMetadataInput!) { createOneField(input: $input) { id } }'
  try {
    await reader.query(`begin; select from ${table}`)
    let isOver = false
    const adding = metadata.raw(query, { input: { field } }).finally(() => {
      isOver = true
    })
    const statuses: number[] = []
    const request = async (): Promise<void> => {
      while (!isOver) {
        statuses.push((await client.get('/rest/rockets?limit=1')).status)
        await sleep(10)
      }
    }
    const requests = [request(), request()]
    const seen: Seen = { blocked: new Map(), attempts: new Set() }
    while (!isOver) {
      await look(pool, seen)
      await sleep(20)
    }
    await Promise.all(requests)
    t.deepEqual([...new Set(statuses)], [200])
    t.true(seen.attempts.size > 1, 'the change is tried again')
    t.true(seen.blocked.size > 0, 'requests wait for it')
    // The end of an attempt lets in all that wait for it, before the next one.
    t.deepEqual(
      [...seen.blocked.values()].filter(({ size }) => size > 1),
      [],
    )
    t.true(statuses.length > seen.attempts.size, 'and go on between the attempts')
    const { status, headers, body } = await adding
    t.is(status, 200)
    t.is(headers.get('retry-after'), '30')
    const [refused] = body.errors
    t.regex(
      refused.message,
      /^Table "rocket" is in use by a long transaction that is idle .+, process \d+, for \d+ s/,
    )
    t.like(refused.extensions, { code: 'CONFLICT', retryAfterSeconds: 30 })
    t.is((await client.get('/rest/rockets?limit=1')).status, 200, 'the reader is still there')
    await reader.query('commit')
    t.is((await client.request('POST', '/rest/metadata/fields', field)).status, 201)
  } finally {
    reader.release(true)
  }
})
