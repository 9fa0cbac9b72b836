import test from 'ava'
import { adoptSql } from '../../tenants/adopt.ts'
import { startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

// A trigger that takes long over one record, and then fails as a statement does whose column is gone.
const SCRIPT = `
create table parcel (id serial primary key, label text);
create table other (id serial primary key);
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

test('a batch that goes on is not begun anew once a record of it was written', async (t) => {
  const server = await startTestGateway()
  t.teardown(server.close)
  const client = await server.enter('Parcels', { standardObjects: false })
  const { pool } = server.gateway
  await adoptSql(pool, client.workspace.id, SCRIPT)
  const sent = client.request('POST', '/rest/batch/parcels?on_error=continue', [
    { label: 'first' },
    { label: 'slow' },
  ])
  await until('the second record is being written', async () => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
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
