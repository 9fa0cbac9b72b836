import test from 'ava'
import { inTransaction } from '../../sql/ownerPool.ts'
import { APPLYING } from '../../tenants/changeModel.ts'
import { createKey } from '../../tenants/key.ts'
import { beginDuePurge, beginPurge, deleteWorkspace, restoreWorkspace } from '../../tenants/life/deletion.ts'
import { dropBatch, MOST_LOCKS } from '../../tenants/life/dropBatch.ts'
import { dropWorkspace, purgeDeleted } from '../../tenants/life/purge.ts'
import { findRole } from '../../tenants/permission/role.ts'
import * as workspaces from '../../tenants/workspace.ts'
import { openTestDatabase } from '../support/database.ts'

const { pool, close } = await openTestDatabase()
test.after.always(close)

const HOSTILE = `O'Brien "x"`
const DAY_MS = 86_400_000
const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS)
const goingOn = () => false

const refusal = (code: string, message: RegExp) => ({ name: 'Refusal', code, message })

const empty = (name = HOSTILE) => workspaces.createWorkspace(pool, { name, standardObjects: false })

const isThere = async ({ schemaName }: workspaces.Workspace): Promise<boolean> =>
  (await pool.query('select from pg_namespace where nspname = $1', [schemaName])).rowCount === 1

test.serial(
  'a deleted workspace keeps its data and its subdomain until it is restored, as it was',
  async (t) => {
    const made = await empty('Coming back')
    await workspaces.suspendWorkspace(pool, made.id)
    const deleted = await deleteWorkspace(pool, made.id, 7)
    t.like(deleted, { id: made.id, status: 'deleted' })
    t.is(Number(deleted.purgeAfter) - Number(deleted.deletedAt), 7 * DAY_MS)
    const listed = async (isDeleted: boolean): Promise<boolean> =>
      (await workspaces.listWorkspaces(pool, { limit: 1000, isDeleted })).items.some(
        ({ id }) => id === made.id,
      )
    t.deepEqual([await listed(true), await listed(false)], [true, false])
    await t.throwsAsync(
      workspaces.createWorkspace(pool, { name: 'x', subdomain: made.subdomain }),
      refusal('CONFLICT', /is taken/),
    )
    await t.throwsAsync(deleteWorkspace(pool, made.id, 1), refusal('CONFLICT', /already deleted/))
    await t.throwsAsync(workspaces.resumeWorkspace(pool, made.id), refusal('CONFLICT', /is deleted/))
    const role = await findRole(pool, made.id, 'Admin')
    const newKey = { workspaceId: made.id, roleId: role.id, name: 'late', expiresAt: inDays(1) }
    await t.throwsAsync(createKey(pool, newKey), refusal('CONFLICT', /is deleted/))
    // A gateway of the version before knows no deleted workspaces: it sees a suspended one and cannot resume it.
    const resume = `update tenantry.workspaces set status = 'active' where id = $1`
    await t.throwsAsync(pool.query(resume, [made.id]), { code: '23514' })

    t.like(await restoreWorkspace(pool, made.id), { ...made, status: 'suspended' })
    await t.throwsAsync(restoreWorkspace(pool, made.id), refusal('CONFLICT', /not deleted/))
    t.true(await isThere(made))
    await createKey(pool, newKey)
  },
)

test.serial('the purge waits for the end of the grace period, and then nothing is left', async (t) => {
  const made = await empty()
  await deleteWorkspace(pool, made.id, 3)
  const purgeAt = async (now: Date) =>
    (await purgeDeleted(pool, { now, isEnding: goingOn })).filter(
      ({ workspaceId }) => workspaceId === made.id,
    )
  t.deepEqual(await purgeAt(inDays(2.9)), [])
  t.true(await isThere(made))
  t.deepEqual(await purgeAt(inDays(3.1)), [{ workspaceId: made.id, isDone: true, keptPgRoles: [] }])
  t.false(await isThere(made))
  await t.throwsAsync(restoreWorkspace(pool, made.id), refusal('NOT_FOUND', /no workspace/))
  await t.throwsAsync(workspaces.findWorkspace(pool, made.id), refusal('NOT_FOUND', /no workspace/))
  t.like(
    await workspaces.createWorkspace(pool, { name: 'x', subdomain: made.subdomain, standardObjects: false }),
    {
      subdomain: made.subdomain,
    },
  )
})

test.serial(
  'of a restore and a purge at the same moment one wins, and the other changes nothing',
  async (t) => {
    const restored = await empty()
    await deleteWorkspace(pool, restored.id, 0)
    let purging: Promise<boolean> | undefined
    await inTransaction(pool, async (client) => {
      await restoreWorkspace(client, restored.id)
      // Waits for the row.
      purging = beginDuePurge(pool, restored.id, inDays(1))
    })
    t.false(await purging)
    t.like(await workspaces.findWorkspace(pool, restored.id), { status: 'active' })

    const purged = await empty()
    await deleteWorkspace(pool, purged.id, 7)
    const { promise: isBegun, resolve: begin } = Promise.withResolvers<void>()
    // Beside the transaction, and not inside it.
    const restoring = isBegun.then(() => restoreWorkspace(pool, purged.id))
    restoring.catch(() => {})
    await inTransaction(pool, async (client) => {
      await beginPurge(client, purged.id)
      begin()
    })
    await t.throwsAsync(restoring, refusal('CONFLICT', /is being purged/))
    t.deepEqual(await dropWorkspace(pool, purged.id), { keptPgRoles: [] })
  },
)

test.serial(
  'a purge that is stopped after some transactions goes on where it was, also beside another',
  async (t) => {
    const made = await workspaces.createWorkspace(pool, { name: HOSTILE })
    await beginPurge(pool, made.id)
    let rounds = 0
    for (let isDone = false; !isDone; rounds += 1) {
      let steps = 0
      const stops = () => {
        steps += 1
        return steps > 4
      }
      const results = await purgeDeleted(pool, { now: new Date(), isEnding: stops })
      isDone = results.every((each) => each.workspaceId !== made.id || each.isDone)
      t.true(rounds < 100)
    }
    t.true(rounds > 1)
    t.false(await isThere(made))

    const both = await workspaces.createWorkspace(pool, { name: HOSTILE })
    await beginPurge(pool, both.id)
    await Promise.all(
      [dropWorkspace(pool, both.id), dropWorkspace(pool, both.id)].map((each) => each.catch(() => {})),
    )
    t.false(await isThere(both))
  },
)

/** Many tables that refer to one and to each other, partitions, views on views, functions, types. */
const crowd = (schema: string): string => `
  create table ${schema}."Hub" (id int primary key, "next id" int);
  create type ${schema}."Mood" as enum ('good');
  create domain ${schema}.positive as int check (value > 0);
  create table ${schema}.parted (id int, primary key (id)) partition by range (id);
  create sequence ${schema}."Free";
  do $do$ begin
    for i in 1..40 loop
      execute format('create table ${schema}.%I (id int primary key default 1, hub int references ${schema}."Hub", mood ${schema}."Mood" default ''good'', note text unique check (note <> ''x''))', 'Tenant ' || i);
      execute format('create table ${schema}.%I partition of ${schema}.parted for values from (%s) to (%s)', 'part' || i, i, i + 1);
      execute format('create view ${schema}.%I as select * from ${schema}.%I', 'view' || i, case i when 1 then 'Hub' else 'view' || i - 1 end);
      execute format('create function ${schema}.%I(a ${schema}."Mood") returns int language sql return 1', 'f' || i);
    end loop;
  end $do$;
  alter table ${schema}."Hub" add foreign key ("next id") references ${schema}."Tenant 1"`

test.serial('a purge holds few locks at a time', async (t) => {
  const { id, schemaName } = await empty()
  await pool.query(crowd(`"${schemaName}"`))
  const locks: number[] = []
  for (let dropped = -1; dropped !== 0; )
    dropped = await inTransaction(pool, async (client) => {
      await client.query(APPLYING)
      const count = await dropBatch(client, schemaName)
      const { rows } = await client.query<{ locks: number }>(
        'select count(*)::int as locks from pg_locks where pid = pg_backend_pid()',
      )
      locks.push(rows[0]?.locks ?? 0)
      return count
    })
  t.true(locks.length > 3, String(locks))
  t.true(Math.max(...locks) <= MOST_LOCKS, String(locks))
  const { rows } = await pool.query('select relname from pg_class where relnamespace = $1::regnamespace', [
    `"${schemaName}"`,
  ])
  t.deepEqual(rows, [])
  t.deepEqual(await dropWorkspace(pool, id), { keptPgRoles: [] })
})

const KINDS = [
  'create table @.own (id int generated always as identity primary key, s serial, note text default now()::text)',
  'create type @.span as range (subtype = float8)',
  'create table @.spans (span @.span, spans @.span_multirange)',
  `create type @.mood as enum ('good')`,
  'create domain @.good as @.mood',
  'create table @.parts (id int, mood @.good) partition by list (id); create table @.part partition of @.parts for values in (1)',
  'create function @.double(n int) returns int language sql immutable return n * 2',
  'create table @.doubled (n int, m int generated always as (@.double(n)) stored check (@.double(n) > 0))',
  'create view @.shown as select @.double(n) from @.doubled; create materialized view @.kept as select * from @.shown',
  'create aggregate @.total (int) (sfunc = int4pl, stype = int)',
  'create procedure @.nothing() language sql begin atomic end',
  'create operator @.+~ (function = int4pl, leftarg = int, rightarg = int); create collation @.plain from "C"',
  'create table @.heir (extra text) inherits (@.doubled)',
]

test.serial('the purge removes objects of each kind, parts of other objects too', async (t) => {
  const { id, schemaName } = await empty()
  for (const sql of KINDS) await pool.query(sql.replaceAll('@', `"${schemaName}"`))
  t.deepEqual(await dropWorkspace(pool, id), { keptPgRoles: [] })
  const { rowCount } = await pool.query('select from pg_namespace where nspname = $1', [schemaName])
  t.is(rowCount, 0)
})
