import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { type ConnectionPoolOptions, createConnectionPool, type Statement } from '../../sql/pipeline/pool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { openTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'
import { openProxy } from '../support/proxy.ts'
import { until } from '../support/until.ts'
import { createTestWorkspace } from '../support/workspace.ts'

const db = await openTestDatabase()
test.after.always(() => db.close())

const open = (t: ExecutionContext, options: Partial<ConnectionPoolOptions> = {}, url = db.gatewayUrl) => {
  const connections = createConnectionPool({
    login: { connectionString: url },
    connections: 1,
    spareConnections: 0,
    waitMs: 60_000,
    log: createTestLog(),
    ...options,
  })
  t.teardown(() => connections.close())
  return connections
}

const once = { retryable: false }
const again = { retryable: true }
const get = (id: number): Statement => ({
  text: 'select name from "__WS__"."Company" where id = $1',
  values: [String(id)],
})
const one = (text: string, ...values: (string | null)[]): Statement => ({ text, values })
const settings = one(
  `select current_user, current_setting('search_path'), current_setting('TimeZone'),
     current_setting('statement_timeout'), current_setting('tenantry.claims')`,
)
/** How many backends sleep in a statement that carries the mark; `signal`s them too, where asked to. */
const sleepers = async (
  mark: string,
  signal?: 'pg_terminate_backend' | 'pg_cancel_backend',
): Promise<number> => {
  const { rowCount } = await db.pool.query(
    `select ${signal ? `${signal}(pid)` : ''} from pg_stat_activity
     where datname = current_database() and usename = 'tenantry_gateway' and wait_event = 'PgSleep'
     and position($1 in query) > 0`,
    [mark],
  )
  return rowCount ?? 0
}

test('runs a statement in the workspace of its session', async (t) => {
  const [a, b] = [await createTestWorkspace(db.pool), await createTestWorkspace(db.pool)]
  await db.pool.query(`update ${b.q}."Company" set name = 'other ' || id`)
  const connections = open(t)
  for (let round = 0; round < 3; round++) {
    t.deepEqual(await connections.run(a.session, get(7), again), [['company 7']])
    t.deepEqual(await connections.run(b.session, get(7), again), [['other 7']])
  }
})

test('returns text as it is, nulls, no rows and large rows', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const connections = open(t)
  const text = "quote ' backslash \\ żółć 😀 \n end"
  t.deepEqual(
    await connections.run(session, one('select $1::text, $2::text, 1.50, true', text, null), again),
    [[text, null, '1.50', 't']],
  )
  t.deepEqual(await connections.run(session, get(999), again), [])
  const [[large] = []] = await connections.run(session, one(`select repeat('ä', 3000000)`), again)
  t.is(large?.length, 3_000_000)
  const sent = 'ß'.repeat(1_000_000)
  t.deepEqual(await connections.run(session, one('select length($1::text)', sent), again), [['1000000']])
})

test('reads in one round trip: one Sync, one answer', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const proxy = await openProxy(db.gatewayUrl)
  t.teardown(() => proxy.close())
  const connections = open(t, {}, proxy.url)
  for (let use = 0; use < 3; use++) await connections.run(session, get(1), again)
  proxy.takeSent()
  proxy.takeReceived()
  await connections.run(session, get(2), again)
  // Bind and Execute of: reset, session settings, statement; one Sync.
  t.is(proxy.takeSent(), 'BEBEBES')
  // BindComplete and CommandComplete of each, the one row, one ReadyForQuery.
  t.is(proxy.takeReceived(), '2C2C2DCZ')
})

test('denies a statement that comes without its session settings', async (t) => {
  const { q } = await createTestWorkspace(db.pool)
  const client = new pg.Client({ connectionString: db.gatewayUrl })
  await client.connect()
  t.teardown(() => client.end())
  await t.throwsAsync(client.query(`select * from ${q}."Company"`), { code: '42501' })
})

test('denies the workspace of another', async (t) => {
  const [a, b] = [await createTestWorkspace(db.pool), await createTestWorkspace(db.pool)]
  const connections = open(t)
  await t.throwsAsync(connections.run(a.session, one(`select * from ${b.q}."Company"`), again), {
    code: '42501',
  })
  await t.throwsAsync(connections.run({ ...a.session, schema: b.schema }, get(1), again), {
    code: '42501',
  })
})

test('gives an error to its own request and to no other', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const connections = open(t)
  const text = 'select 10 / $1::int'
  const outcomes = await Promise.allSettled([
    connections.run(session, one(text, '5'), once),
    connections.run(session, one(text, '0'), once),
    connections.run(session, one(text, '2'), once),
    connections.run(session, one('select no_such_column'), once),
    connections.run(session, one('not even sql'), once),
    connections.run(session, one(text, 'not a number'), once),
    connections.run({ ...session, role: 'no such role' }, one(text, '1'), once),
    connections.run(session, one(text, '1'), once),
  ])
  t.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code)),
    [[['2']], '22012', [['5']], '42703', '42601', '22P02', '22023', [['10']]],
  )
})

test('prepares a statement again after its first preparation failed', async (t) => {
  const { session, q, role } = await createTestWorkspace(db.pool)
  const connections = open(t)
  const text = 'select count(*)::text from "__WS__"."Later"'
  const all = () =>
    Promise.allSettled(Array.from({ length: 4 }, () => connections.run(session, one(text), once)))
  const codes = (await all()).map((outcome) => outcome.status === 'rejected' && outcome.reason.code)
  t.deepEqual(codes, ['42P01', '42P01', '42P01', '42P01'])
  await db.pool.query(
    `create table ${q}."Later" (id int); grant select on ${q}."Later" to ${quoteIdentifier(role)}`,
  )
  t.deepEqual(
    (await all()).map((outcome) => outcome.status === 'fulfilled' && outcome.value),
    [[['0']], [['0']], [['0']], [['0']]],
  )
})

test('sets role, path, time zone, timeout and claims for one request only', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const connections = open(t)
  t.deepEqual(await connections.run(session, settings, again), [
    [session.role, 'pg_catalog, pg_temp', 'UTC', '5s', session.claims],
  ])
  const other = { ...session, claims: '{}', timeoutMs: 700 }
  t.deepEqual(await connections.run(other, settings, again), [
    [session.role, 'pg_catalog, pg_temp', 'UTC', '700ms', '{}'],
  ])
})

test('leaves no session setting of a function behind', async (t) => {
  const [a, b] = [await createTestWorkspace(db.pool), await createTestWorkspace(db.pool)]
  await db.pool.query(`
    create function ${a.q}.litter() returns text language plpgsql as $$ begin
      perform set_config('search_path', ${pg.escapeLiteral(a.q)}, false);
      perform set_config('statement_timeout', '1', false);
      perform set_config('TimeZone', 'Asia/Tokyo', false);
      perform set_config('DateStyle', 'German', false);
      perform set_config('tenantry.claims', 'stolen', false);
      perform set_config('app.secret', 'stolen', false);
      perform set_config('role', ${pg.escapeLiteral(a.role)}, false);
      set session characteristics as transaction read only;
      create temp table pg_class (id int);
      return 'done';
    end $$`)
  const connections = open(t)
  const litter = one('select "__WS__".litter()')
  t.deepEqual(await connections.run({ ...a.session, timeoutMs: 0 }, litter, once), [['done']])
  t.deepEqual(await connections.run(b.session, settings, again), [
    [b.role, 'pg_catalog, pg_temp', 'UTC', '5s', b.session.claims],
  ])
  const rest = one(
    `select current_setting('DateStyle'), coalesce(current_setting('app.secret', true), ''), 'pg_class'::regclass::oid::text`,
  )
  t.deepEqual(await connections.run(b.session, rest, again), [['ISO, MDY', '', '1259']])
  const write = one('update "__WS__"."Company" set name = $1 where id = 1 returning name', 'written')
  t.deepEqual(await connections.run(b.session, write, once), [['written']])
})

test("outlives a function that deallocates the connection's own statements", async (t) => {
  const { session, q } = await createTestWorkspace(db.pool)
  await db.pool.query(`create function ${q}.wipe() returns text language plpgsql as
    $$ begin execute 'deallocate all'; return 'wiped'; end $$`)
  const connections = open(t)
  for (let use = 0; use < 3; use++) await connections.run(session, get(1), again)
  const outcomes = await Promise.all([
    connections.run(session, get(1), once),
    connections.run(session, one('select "__WS__".wipe()'), once),
    connections.run(session, get(2), once),
    connections.run(session, get(3), once),
  ])
  t.deepEqual(outcomes, [[['company 1']], [['wiped']], [['company 2']], [['company 3']]])
  t.deepEqual(await connections.run(session, get(4), once), [['company 4']])
})

test('ends a statement at its timeout, and only that one', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const connections = open(t)
  const outcomes = await Promise.allSettled([
    connections.run({ ...session, timeoutMs: 50 }, one('select pg_sleep(10)'), again),
    connections.run(session, get(1), again),
    connections.run(session, one(`select pg_sleep(0.1)::text`), again),
  ])
  t.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.code)),
    ['57014', [['company 1']], [['']]],
  )
})

test('reports a constraint that is checked only at the end of the transaction', async (t) => {
  const { session, q, role } = await createTestWorkspace(db.pool)
  await db.pool.query(`
    create table ${q}."Deferred" (id int unique deferrable initially deferred);
    insert into ${q}."Deferred" values (1);
    grant select, insert on ${q}."Deferred" to ${quoteIdentifier(role)}`)
  const connections = open(t)
  const insert = one('insert into "__WS__"."Deferred" values (1) returning id')
  await t.throwsAsync(connections.run(session, insert, once), { code: '23505' })
})

test('keeps a bounded number of statements prepared', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const connections = open(t, { maxPreparedPerConnection: 5 })
  const nth = (n: number) => one(`select ${n}::text`)
  for (let use = 0; use < 2; use++) for (let n = 0; n < 20; n++) await connections.run(session, nth(n), again)
  const count = one(`select count(*)::text from pg_prepared_statements where name ~ '^t[0-9a-z]+$'`)
  t.deepEqual(await connections.run(session, count, again), [['5']])
  t.is(connections.stats().prepared, 5)
  for (let n = 0; n < 20; n++) t.deepEqual(await connections.run(session, nth(n), again), [[String(n)]])
})

test('does not prepare a text that comes only once', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const connections = open(t)
  await connections.run(session, get(1), again)
  t.is(connections.stats().prepared, 0)
  await connections.run(session, get(1), again)
  t.is(connections.stats().prepared, 1)
})

test("follows a change of a column's type, with a new version and without one", async (t) => {
  const { session, q } = await createTestWorkspace(db.pool)
  const connections = open(t)
  const read = one('select employees from "__WS__"."Company" where id = 1')
  for (let use = 0; use < 3; use++) t.deepEqual(await connections.run(session, read, once), [['10']])
  await db.pool.query(`alter table ${q}."Company" alter employees type numeric(10, 2)`)
  const newer = { ...session, version: 2 }
  t.deepEqual(await connections.run(newer, read, once), [['10.00']])
  // This connection was not notified: Postgres refuses the stale plan before it runs, and the connection
  // prepares it again.
  t.deepEqual(await connections.run(session, read, once), [['10.00']])
  t.is(connections.stats().retries, 1)
})

test('sends a read once more when its connection dies, and reports a write as unknown', async (t) => {
  const { id, session, role } = await createTestWorkspace(db.pool)
  // A sequence keeps its value in spite of a rollback: the first run takes forever, the second no time.
  await db.pool.query(`create sequence public.times; grant usage on public.times to ${quoteIdentifier(role)}`)
  const connections = open(t)
  const slow = one(
    `select pg_sleep(case nextval('public.times') when 1 then 60 else 0 end)::text, 'slow' /* ${id} */`,
  )
  const read = connections.run({ ...session, timeoutMs: 60_000 }, slow, again)
  const write = connections.run(session, one(`update "__WS__"."Company" set name = 'x' where id = 1`), once)
  await until('the read runs', async () => (await sleepers(id)) === 1)
  await sleepers(id, 'pg_terminate_backend')
  t.deepEqual(await read, [['', 'slow']])
  await t.throwsAsync(write, { code: 'connection_lost' })
  t.is(connections.stats().lost, 1)
  t.deepEqual(await connections.run(session, get(2), once), [['company 2']])
})

test('sends a statement once more that lost a deadlock with a change of tables', async (t) => {
  const { session, q, role } = await createTestWorkspace(db.pool)
  await db.pool.query(`
    create table ${q}."First" (id int); create table ${q}."Second" (id int); create table ${q}."Third" (id int);
    grant select on ${q}."First", ${q}."Second", ${q}."Third" to ${quoteIdentifier(role)}`)
  const connections = open(t)
  const begin = async () => {
    const client = await db.pool.connect()
    t.teardown(() => client.release(true))
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const isAwaited = async (): Promise<boolean> => {
      const waiting = await db.pool.query(
        'select from pg_stat_activity where datname = current_database() and $1 = any (pg_blocking_pids(pid))',
        [rows[0]?.pid],
      )
      return waiting.rowCount === 1
    }
    const isWaiting = async (): Promise<boolean> => {
      const blocking = await db.pool.query('select from unnest(pg_blocking_pids($1))', [rows[0]?.pid])
      return blocking.rowCount === 1
    }
    return { query: (text: string) => client.query(text), isAwaited, isWaiting }
  }
  const [holder, change] = [await begin(), await begin()]
  await holder.query(`begin; lock table ${q}."Second"`)
  // The reader closes the circle, and is the one to find it.
  await change.query(`begin; set local deadlock_timeout = '600s'; lock table ${q}."Third"`)
  const text = `select count(*)::text from "__WS__"."First", "__WS__"."Second", "__WS__"."Third"`
  const read = connections.run({ ...session, timeoutMs: 100_000 }, one(text), once)
  await until('the reader waits for the second table', holder.isAwaited)
  const changed = change.query(`lock table ${q}."First"`)
  await until('the change waits for the reader', change.isWaiting)
  await holder.query('commit')
  await changed
  await change.query('commit')
  t.deepEqual(await read, [['0']])
  t.is(connections.stats().retries, 1)
})

test('comes back after the network is cut', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const proxy = await openProxy(db.gatewayUrl)
  t.teardown(() => proxy.close())
  const connections = open(t, { connections: 2 }, proxy.url)
  await connections.run(session, get(1), again)
  for (let cut = 0; cut < 3; cut++) {
    proxy.cut()
    t.deepEqual(await connections.run(session, get(1), again), [['company 1']])
  }
})

test('reports that Postgres is unavailable when no connection is free in time', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const log = createTestLog()
  const connections = open(t, { waitMs: 100, log }, 'postgres://tenantry_gateway:x@127.0.0.1:1/none')
  await until('it has tried', () => log.entries.length > 0)
  const error = await t.throwsAsync(connections.run(session, get(1), again), {
    code: 'connection_unavailable',
  })
  t.is((error?.cause as { code?: string } | undefined)?.code, 'ECONNREFUSED')
})

test('does not wait for a Postgres that is known to be away', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const proxy = await openProxy(db.gatewayUrl)
  t.teardown(() => proxy.close())
  const connections = open(t, { connections: 1, waitMs: 600_000, awayAfterMs: 100 }, proxy.url)
  t.deepEqual(await connections.run(session, get(1), again), [['company 1']])
  await proxy.refuse()
  for (const statement of [get(1), get(2)])
    await t.throwsAsync(connections.run(session, statement, again), { code: 'connection_unavailable' })
  t.is(connections.stats().waiting, 0)
  await proxy.accept()
  await until('it is reached again', () => connections.stats().open > 0)
  t.deepEqual(await connections.run(session, get(1), again), [['company 1']])
})

test('lets short statements pass long ones', async (t) => {
  const { id: mark, session } = await createTestWorkspace(db.pool)
  const patient = { ...session, timeoutMs: 60_000 }
  const connections = open(t, { connections: 2, spareConnections: 2 })
  await connections.run(session, get(1), again)
  const long: Promise<unknown>[] = []
  for (const count of [1, 2]) {
    long.push(
      t.throwsAsync(connections.run(patient, one(`select pg_sleep(60) /* ${mark} */`), once), {
        code: '57014',
      }),
    )
    await until('it holds up its connection', async () => (await sleepers(mark)) === count)
    await sleep(50)
  }
  const short = await Promise.all([3, 4, 5].map((id) => connections.run(session, get(id), again)))
  t.deepEqual(short, [[['company 3']], [['company 4']], [['company 5']]])
  // A backend that another wakes up is seen awake for an instant, however long it is to sleep.
  await until('both still sleep', async () => (await sleepers(mark)) === 2)
  await sleepers(mark, 'pg_cancel_backend')
  await Promise.all(long)
})

test('replaces a connection that has grown old, without failing a request', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const connections = open(t, { maxAgeMs: 30, sweepMs: 10 })
  const pids = new Set<string | null | undefined>()
  await until('a fourth connection answers', async () => {
    const [[pid] = []] = await connections.run(session, one('select pg_backend_pid()::text'), once)
    pids.add(pid)
    return pids.size === 4
  })
  t.is(connections.stats().lost, 0)
  await until('the old ones are gone', () => connections.stats().open <= 2)
})

test('refuses an unencodable request without harm to the others', async (t) => {
  const { session } = await createTestWorkspace(db.pool)
  const connections = open(t)
  const before = connections.run(session, get(1), once)
  const many = connections.run(session, { text: 'select 1', values: new Array(65_536).fill('1') }, once)
  const nul = connections.run(session, one("select '\0'"), once)
  const nulValue = connections.run(session, one('select $1::text', 'a\0b'), once)
  const after = connections.run(session, get(2), once)
  await t.throwsAsync(many, { message: /at most 65535 values/ })
  await t.throwsAsync(nul, { message: /NUL/ })
  await t.throwsAsync(nulValue, { code: '22021' })
  t.deepEqual([await before, await after], [[['company 1']], [['company 2']]])
})

test('finishes running statements before it closes, and refuses new ones', async (t) => {
  const { session, q } = await createTestWorkspace(db.pool)
  const connections = open(t)
  const holder = await db.pool.connect()
  t.teardown(() => holder.release(true))
  await holder.query(`begin; select from ${q}."Company" where id = 1 for update`)
  const write = one(`update "__WS__"."Company" set name = 'done' where id = 1 returning name`)
  const running = connections.run({ ...session, timeoutMs: 60_000 }, write, once)
  await until('it is in flight', () => connections.stats().inFlight === 1)
  const closed = connections.close()
  await holder.query('commit')
  t.deepEqual(await running, [['done']])
  await closed
  await t.throwsAsync(connections.run(session, get(1), once), { code: 'connection_unavailable' })
  t.is(connections.stats().open, 0)
})

test('answers a thousand mixed requests of many workspaces, each with its own', async (t) => {
  const workspaces = await Promise.all(Array.from({ length: 5 }, () => createTestWorkspace(db.pool)))
  for (const { q, id } of workspaces)
    await db.pool.query(`update ${q}."Company" set name = ${pg.escapeLiteral(id)} || ' ' || id`)
  const connections = open(t, { connections: 3, maxPreparedPerConnection: 4 })
  const outcomes = await Promise.all(
    Array.from({ length: 1000 }, async (_, n) => {
      const workspace = workspaces[n % workspaces.length]
      if (workspace === undefined) return false
      if (n % 7 === 0) {
        const error = await connections
          .run(workspace.session, one('select 1 / 0'), again)
          .catch((cause) => cause)
        return error.code === '22012'
      }
      const id = (n % 20) + 1
      const [[name] = []] = await connections.run(workspace.session, get(id), again)
      return name === `${workspace.id} ${id}`
    }),
  )
  t.true(outcomes.every(Boolean))
})
