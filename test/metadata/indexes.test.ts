import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { Pool } from 'pg'
import { runBuilds } from '../../tenants/model/change/run/runBuilds.ts'
import { startTestGateway } from '../support/gateway.ts'
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
  return { client, metadata, objectMetadataId, pool, table, id, makeUnique, stateOf }
}

/** Twelve hours from now, so that nothing is built meanwhile. */
const closedWindow = (): string => {
  const hour = (new Date().getUTCHours() + 12) % 24
  return [hour, (hour + 1) % 24].map((each) => `${String(each).padStart(2, '0')}:00`).join('-')
}

/** A session that builds as the gateway's own would, until the writers of the table have ended. */
const startWorker = async (pool: Pool, table: string) => {
  const [writer, worker] = [await pool.connect(), await pool.connect()]
  await writer.query(`begin; insert into ${table} (name) values ('held')`)
  await worker.query(`update tenantry.unfinished_steps set state = 'running', worker_pid = a.pid,
    worker_started_at = a.backend_start from pg_stat_activity a where a.pid = pg_backend_pid()`)
  const building = worker.query(
    `create unique index concurrently rocket_code_key on ${table} (code) where deleted_at is null`,
  )
  return async () => {
    await writer.query('commit')
    await building
    writer.release()
    worker.release(true)
  }
}

test('a unique field of a large table is answered as pending, and read as running and ready', async (t) => {
  const { client, pool, table, makeUnique, stateOf, objectMetadataId, metadata } = await openLarge(t, {
    MAINTENANCE_WINDOW: closedWindow(),
  })
  const { updateOneField: made } = await makeUnique()
  t.like(made, { isUnique: true, buildState: 'pending', buildError: null, buildProgress: null })
  t.like(await stateOf(made.id), { isUnique: true, buildState: 'pending' })
  const finish = await startWorker(pool, table)
  await until('its progress is read', async () => (await stateOf(made.id)).buildProgress !== null)
  t.is((await stateOf(made.id)).buildState, 'running')
  const rest = await client.request('GET', `/rest/metadata/fields/${made.id}`)
  t.like(rest.body.data.field, { buildState: 'running', isUnique: true, buildError: null })
  const { object } = await metadata.ask(
    'query ($id: UUID!) { object(id: $id) { indexMetadataList { name isValid buildState } } }',
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
  await finish()
  await until('its session is gone, and the next one finds it built', async () => {
    await runBuilds(pool)
    return (await stateOf(made.id)).buildState === 'ready'
  })
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
  t.regex(refused.message, /No build of it has failed/)
  t.is((await client.request('POST', `${path}/build`)).status, 409)
})

test('a transaction that holds a table makes others wait only briefly while the table is to be changed', async (t) => {
  const server = await startTestGateway()
  t.teardown(server.close)
  const client = await server.enter()
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.createObject('rocket')
  const { pool } = server.gateway
  const table = `"${client.workspace.schemaName}".rocket`
  const reader = await pool.connect()
  const field = { objectMetadataId, type: 'TEXT', name: 'fuel', label: 'Fuel' }
  try {
    await reader.query(`begin; select from ${table}`)
    let isOver = false
    const adding = client.request('POST', '/rest/metadata/fields', field).finally(() => {
      isOver = true
    })
    await until('the change waits for the reader', async () => {
      const waiting = `select from pg_locks where relation = '${table}'::regclass and not granted and mode = 'AccessExclusiveLock'`
      return (await pool.query(waiting)).rowCount === 1
    })
    const statuses: number[] = []
    while (!isOver) {
      statuses.push((await client.request('GET', '/rest/rockets')).status)
      await sleep(50)
    }
    // The reader is still open.
    t.true(statuses.length > 3)
    t.deepEqual([...new Set(statuses)], [200])
    const refused = await adding
    t.is(refused.status, 409)
    t.is(refused.headers.get('retry-after'), '30')
    t.is(refused.body.retryAfterSeconds, 30)
    t.regex(refused.body.messages[0], /^Table "rocket" is in use by a long transaction that is idle/)
    await reader.query('commit')
    t.is((await client.request('POST', '/rest/metadata/fields', field)).status, 201)
  } finally {
    reader.release(true)
  }
})
