import test from 'ava'
import pg, { type PoolClient } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { importSql } from '../../tenants/importSql.ts'
import { asOwnerAt, ownerUrlAt } from '../support/citus.ts'
import { startTestGateway } from '../support/gateway.ts'
import { shardsAt } from '../support/placement.ts'
import { until } from '../support/until.ts'

// A trigger that takes long over one record, and then fails as a statement does whose column is gone.
const SCRIPT = `
create table parcel (id uuid primary key default gen_random_uuid(), label text);
create table other (id uuid primary key default gen_random_uuid());
create function hold() returns trigger language plpgsql as $$
begin
  if new.label = 'slow' then
    perform pg_sleep(1);
    raise exception using errcode = '42703', message = 'gone';
  end if;
  return new;
end $$;
create trigger hold before insert on parcel for each row execute function hold();
`

test('a batch that goes on is not retried once a record of it was written', async (t) => {
  const server = await startTestGateway()
  t.teardown(server.close)
  const client = await server.enter('Parcels', { standardObjects: false })
  const { pool } = server.gateway
  await importSql(pool, client.workspace.id, SCRIPT)
  const sent = client.request('POST', '/rest/batch/parcels?on_error=continue', [
    { label: 'first' },
    { label: 'slow' },
  ])
  await until('the second record is being written', async () => {
    const { rowCount } = await asOwnerAt(server.database, client.workspace.schemaName, (node) =>
      node.query(
        `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
      ),
    )
    return rowCount === 1
  })
  await pool.query(`alter table ${client.workspace.schemaName}.other add column note text`)
  const { status, body } = await sent
  t.is(status, 503)
  t.is(body.code, 'MODEL_CHANGED')
  // The other thing that it may be.
  t.regex(body.messages[1], /a function, trigger or rule/)
  t.is((await client.get('/rest/parcels?filter=label[eq]:first')).body.totalCount, 1)
})

const QUEUE = `
create table parcel (id int primary key, label text);
insert into parcel values (1, 'a'), (2, 'b'), (3, 'c');
`

/** Two in a row. */
const DEADLOCKS = 2

test('a bulk write that is given up in deadlocks is sent once more', async (t) => {
  t.timeout(300_000)
  // Each deadlock takes Postgres a second to find, and a busy machine longer.
  const server = await startTestGateway({ environment: { REQUEST_TIMEOUT_MS: '600000' } })
  t.teardown(server.close)
  const client = await server.enter('Deadlock', { standardObjects: false })
  const { schemaName } = client.workspace
  await importSql(server.gateway.pool, client.workspace.id, QUEUE)
  // Where the rows are: the coordinator of a cluster does not see who waits for whom there.
  const pool = new pg.Pool({ connectionString: await ownerUrlAt(server.database, schemaName) })
  t.teardown(() => pool.end())
  const table = (await shardsAt(server.database, schemaName))?.get('parcel') ?? 'parcel'
  const lock = `select from ${quoteIdentifier(schemaName)}.${quoteIdentifier(table)} where id = $1 for update`
  const pidOf = async (other: PoolClient): Promise<number> =>
    (await other.query('select pg_backend_pid() as pid')).rows[0].pid
  // Not a count of waiting statements: one that has been woken up still counts as waiting for a moment.
  const waitsFor = (pid: number) =>
    until('a statement waits for the transaction', async () => {
      const { rowCount } = await pool.query(
        'select from pg_stat_activity where datname = current_database() and $1 = any (pg_blocking_pids(pid))',
        [pid],
      )
      return rowCount !== 0
    })
  const waits = (pid: number) =>
    until('the transaction waits', async () => {
      const { rows } = await pool.query('select cardinality(pg_blocking_pids($1)) > 0 as waits', [pid])
      return rows[0].waits
    })
  const open = new Set<PoolClient>()
  t.teardown(() => {
    for (const other of open) other.release(true)
  })
  const begin = async () => {
    const other = await pool.connect()
    open.add(other)
    // The gateway is the one to find a deadlock.
    await other.query(`set deadlock_timeout = '600s'; begin`)
    return { other, pid: await pidOf(other) }
  }
  const commit = async (other: PoolClient) => {
    await other.query('commit; reset deadlock_timeout')
    open.delete(other)
    other.release()
  }
  const writes: readonly (() => Promise<{ readonly status: number; readonly text: string }>)[] = [
    () => client.request('PATCH', '/rest/parcels?filter=id[gt]:0', { label: 'bulk' }),
    () =>
      client.graphql('mutation { updateParcels(filter: { id: { gt: 0 } }, data: { label: "bulk" }) { id } }'),
    () =>
      client.request('PATCH', '/rest/parcels?filter=id[gt]:0', { label: 'bulk' }, { 'idempotency-key': 'k' }),
    () => client.request('DELETE', '/rest/parcels?filter=id[gt]:0'),
  ]
  for (const write of writes) {
    let [holder, blocker] = [await begin(), await begin()]
    await holder.other.query(lock, [3])
    await blocker.other.query(lock, [2])
    const sent = write()
    await waitsFor(blocker.pid)
    for (let round = 1; round <= DEADLOCKS; round += 1) {
      const first = holder.other.query(lock, [1])
      await waits(holder.pid)
      // The write goes on to the third record and closes the circle.
      await commit(blocker.other)
      await first
      // It is sent once more, and waits for the first record.
      await waitsFor(holder.pid)
      if (round === DEADLOCKS) break
      blocker = await begin()
      await blocker.other.query(lock, [2])
      const next = await begin()
      const third = next.other.query(lock, [3])
      await waits(next.pid)
      await commit(holder.other)
      await third
      await waitsFor(blocker.pid)
      holder = next
    }
    await commit(holder.other)
    const { status, text } = await sent
    t.is(status, 200, text)
    t.notRegex(text, /errors/)
  }
  t.is((await client.get('/rest/parcels')).body.totalCount, 0)
})
