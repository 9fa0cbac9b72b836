// A statement in psql and a change through the metadata API that meet in the middle: each holds what the
// other waits for.

import test, { type ExecutionContext } from 'ava'
import type { ClientBase, Pool } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { changeModel } from '../../tenants/changeModel.ts'
import { isHeld } from '../../tenants/model/change/run/alterRefusal.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const isWaiting = async (pool: Pool, pid: number): Promise<boolean> => {
  const { rowCount } = await pool.query('select from pg_locks where pid = $1 and not granted', [pid])
  return rowCount !== 0
}

/**
 * A change has locked the workspace; only when a statement by hand waits for it does it go on, with `step`.
 */
const meet = async (
  t: ExecutionContext,
  byHand: (schema: string) => string,
  step: (client: ClientBase, workspace: { readonly id: string; readonly schema: string }) => Promise<unknown>,
) => {
  const { pool } = await createTestDatabase(t)
  const { id, schemaName } = await createWorkspace(pool, { name: 'meeting', standardObjects: false })
  const schema = quoteIdentifier(schemaName)
  await pool.query(
    `create table ${schema}.ship (id int primary key); create table ${schema}.port (id int primary key)`,
  )
  const hand = await pool.connect()
  const { rows } = await hand.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  let dropped: Promise<unknown> = Promise.resolve()
  const changed = changeModel(pool, id, async (client) => {
    dropped = hand.query(byHand(schema))
    // It may fail before it is waited for.
    dropped.catch(() => {})
    await until('the statement waits', () => isWaiting(pool, pid))
    await step(client, { id, schema })
  })
  const [change] = await Promise.allSettled([changed])
  const [statement] = await Promise.allSettled([dropped])
  hand.release()
  return { change, statement }
}

test('of a drop and a change that wait for each other the change gives way', async (t) => {
  const { change, statement } = await meet(
    t,
    (schema) => `drop table ${schema}.ship`,
    (client, { schema }) => client.query(`alter table ${schema}.ship add column name text`),
  )
  t.is(statement?.status, 'fulfilled')
  // The metadata API repeats a change that fails so.
  t.true(change?.status === 'rejected' && isHeld(change.reason))
})

test('a drop locks no row of the registry before it has the workspace', async (t) => {
  const { change, statement } = await meet(
    t,
    (schema) => `drop table ${schema}.ship`,
    (client, { id }) =>
      client.query('update tenantry.objects set updated_at = now() where workspace_id = $1', [id]),
  )
  t.deepEqual([change?.status, statement?.status], ['fulfilled', 'fulfilled'])
})

test('a rename locks no row of the registry before it has the workspace', async (t) => {
  const { change, statement } = await meet(
    t,
    (schema) => `alter table ${schema}.ship rename to vessel`,
    (client, { id }) =>
      client.query('update tenantry.objects set updated_at = now() where workspace_id = $1', [id]),
  )
  t.deepEqual([change?.status, statement?.status], ['fulfilled', 'fulfilled'])
})
