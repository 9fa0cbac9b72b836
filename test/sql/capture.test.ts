// The change log as SQL writes it: what the capture triggers log for each kind of statement, who may write
// it, and that windows between snapshots neither lose nor repeat a change.

import { randomUUID } from 'node:crypto'
import test from 'ava'
import type pg from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

interface Entry {
  readonly operation: string
  readonly before: Record<string, unknown> | null
  readonly after: Record<string, unknown> | null
  readonly actor: Record<string, unknown> | null
  readonly row_count: string | null
  readonly statement: string | null
}

const turnOn = (pool: pg.Pool): Promise<unknown> =>
  pool.query('update tenantry_runtime.feed set captures = true')

const open = async ({ pool }: TestDatabase) => {
  await turnOn(pool)
  const workspace = await createWorkspace(pool, { name: 'Captured', standardObjects: false })
  const schema = quoteIdentifier(workspace.schemaName)
  await pool.query(`create table ${schema}.deal (id int primary key, name text, amount numeric)`)
  const entries = async (sql?: string): Promise<readonly Entry[]> => {
    const { rows: last } = await pool.query('select coalesce(max(id), 0) as id from tenantry_runtime.changes')
    if (sql !== undefined) await pool.query(sql.replaceAll('$S', schema))
    const { rows } = await pool.query<Entry>(
      `select operation, before, after, actor, row_count, statement from tenantry_runtime.changes
       where workspace_id = $1 and id > $2 order by id`,
      [workspace.id, sql === undefined ? 0 : last[0].id],
    )
    return rows
  }
  return { pool, workspace, schema, entries }
}

const kinds = (entries: readonly Entry[]): string => entries.map(({ operation }) => operation).join('')

test('every kind of statement is logged with the rows that it changed', async (t) => {
  const { entries } = await open(await createTestDatabase(t))
  const made = await entries(`insert into $S.deal values (1, 'a', 1), (2, 'b', 2)`)
  t.is(kinds(made), 'ii')
  t.deepEqual(made[0]?.after, { id: 1, name: 'a', amount: 1 })
  t.deepEqual(made[0]?.actor, { databaseUser: made[0]?.actor?.databaseUser })
  t.is(kinds(await entries(`update $S.deal set name = name`)), '')
  t.is(kinds(await entries(`update $S.deal set name = 'c' where id > 5`)), '')
  const [updated] = await entries(`update $S.deal set name = 'c' where id = 1`)
  t.like(updated, { before: { name: 'a' }, after: { name: 'c' } })
  t.deepEqual(
    (await entries(`update $S.deal set id = id + 10`))
      .map(({ before, after }) => `${before?.id} ${after?.id}`)
      .sort(),
    ['1 11', '2 12'],
  )
  const [renamed, ...others] = await entries(`update $S.deal set id = 20 where id = 12`)
  t.deepEqual([renamed?.before?.id, renamed?.after?.id, others.length], [12, 20, 0])
  t.is(
    kinds(await entries(`update $S.deal set name = 'd' where id = 20; update $S.deal set name = 'd'`)),
    'uu',
  )
  t.is(
    kinds(
      await entries(
        `insert into $S.deal values (11, 'x', 0), (13, 'y', 0) on conflict (id) do update set name = excluded.name`,
      ),
    )
      .split('')
      .sort()
      .join(''),
    'iu',
  )
  t.is(kinds(await entries(`delete from $S.deal where id = 13`)), 'd')
  t.is(kinds(await entries(`truncate $S.deal`)), 't')
})

test('a transaction that is rolled back leaves no entry, a savepoint takes its own along', async (t) => {
  const { pool, schema, entries } = await open(await createTestDatabase(t))
  const client = await pool.connect()
  await client.query(`begin; insert into ${schema}.deal values (1); rollback`)
  await client.query(
    `begin; insert into ${schema}.deal values (2); savepoint s; insert into ${schema}.deal values (3); rollback to s; commit`,
  )
  client.release()
  t.deepEqual(
    (await entries()).map(({ after }) => after?.id),
    [2],
  )
})

test('a table without a key logs its statements, and with a key its rows', async (t) => {
  const { entries } = await open(await createTestDatabase(t))
  const [statement] = await entries(
    `create table $S.note (text text); insert into $S.note values ('a'), ('b')`,
  )
  t.like(statement, { operation: 's', statement: 'i', row_count: '2', after: null })
  t.is(kinds(await entries(`update $S.note set text = 'c' where false`)), '')
  t.is(
    kinds(
      await entries(`alter table $S.note add column id int generated always as identity primary key;
        insert into $S.note values ('d')`),
    ),
    'i',
  )
  t.is(
    kinds(
      await entries(`alter table $S.note drop column id, add column code text not null default gen_random_uuid();
        create unique index on $S.note (code); insert into $S.note values ('e')`),
    ),
    'i',
  )
})

test('partitions, inheriting tables and cascades are logged once for each row', async (t) => {
  const { entries } = await open(await createTestDatabase(t))
  await entries(`create table $S.part (id int primary key, name text) partition by range (id);
    create table $S.part_1 partition of $S.part for values from (0) to (10);
    create table $S.part_2 partition of $S.part for values from (10) to (20);
    create table $S.kind (id int primary key, of_deal int references $S.deal on delete cascade);
    create table $S.child (extra text) inherits ($S.kind)`)
  t.is(kinds(await entries(`insert into $S.part_1 values (1)`)), 'i')
  t.is(kinds(await entries(`insert into $S.part values (2)`)), 'i')
  const moved = await entries(`update $S.part set id = 12 where id = 2`)
  t.deepEqual(
    moved.map(({ before, after }) => [before?.id, after?.id]),
    [[2, 12]],
  )
  t.is(kinds(await entries(`insert into $S.child values (1, null, 'x')`)), 's')
  await entries(`insert into $S.deal values (1), (2); insert into $S.kind values (5, 1), (6, 1), (7, 2)`)
  const gone = await entries(`delete from $S.deal`)
  t.is(kinds(gone), 'ddddd')
  t.is(
    kinds(
      await entries(
        `create table $S.late (id int primary key, name text); alter table $S.part attach partition $S.late for values from (20) to (30);
         insert into $S.late values (21); insert into $S.part values (22)`,
      ),
    ),
    'ii',
  )
})

test('a partition logs as its table does, however it came to belong to it', async (t) => {
  const { entries, pool, schema } = await open(await createTestDatabase(t))
  await pool.query(
    `create table ${schema}.deals (id int, place text, primary key (id, place)) partition by list (place);
     create table ${schema}.deals_a partition of ${schema}.deals for values in ('a');
     create table ${schema}.deals_other (place text not null, id int not null);
     alter table ${schema}.deals attach partition ${schema}.deals_other default`,
  )
  for (const table of ['deals', 'deals_a', 'deals_other']) {
    const place = table === 'deals_a' ? 'a' : 'b'
    const written = await entries(
      `insert into $S.${table} (id, place) values (1, '${place}'); update $S.${table} set id = 2; delete from $S.${table}`,
    )
    t.deepEqual(
      written.map(({ operation, before, after }) => [operation, before?.id, after?.id]),
      [
        ['i', undefined, 1],
        ['u', 1, 2],
        ['d', 2, undefined],
      ],
      table,
    )
  }
  t.deepEqual(
    (await entries('truncate $S.deals_a')).map(({ operation, statement }) => [operation, statement]),
    [['s', 'd']],
  )
  t.true((await entries('truncate $S.deals')).some(({ operation }) => operation === 't'))
})

test('rows that a trigger swallows on their way to another partition are destroyed, and pair no others', async (t) => {
  const { entries, pool, schema } = await open(await createTestDatabase(t))
  await pool.query(
    `create table ${schema}.deals (id int, place text, note text, primary key (id, place)) partition by list (place);
     create table ${schema}.deals_a partition of ${schema}.deals for values in ('a');
     create table ${schema}.deals_b partition of ${schema}.deals for values in ('b');
     create function ${schema}.swallow() returns trigger language plpgsql as
       $$ begin if new.id % 2 = 0 then return null; end if; return new; end $$;
     insert into ${schema}.deals select n, 'a', 'old' from generate_series(1, 6) n;
     create trigger swallow before insert on ${schema}.deals_b for each row execute function ${schema}.swallow()`,
  )
  const moved = await entries(`update $S.deals set place = 'b', note = 'new' where id < 5`)
  const seen = moved.map(({ operation, before, after }) => [operation, before?.id ?? null, after?.id ?? null])
  t.deepEqual(seen.map(String).sort(), ['d,1,', 'd,2,', 'd,3,', 'd,4,', 'i,,1', 'i,,3'])
  t.deepEqual(
    (await entries(`update $S.deals set place = 'b' where id = 6`)).map(({ operation, before, after }) => [
      operation,
      before?.id,
      after,
    ]),
    [['d', 6, null]],
  )
  // Rows that stay in their partition keep their pairs.
  const kept = await entries(
    `update $S.deals set place = case when id = 5 then 'a' else 'b' end, note = 'last' where id in (1, 5)`,
  )
  t.deepEqual(kept.map(({ operation, before, after }) => [operation, before?.id, after?.id]).sort(), [
    ['u', 1, 1],
    ['u', 5, 5],
  ])
})

test('merge and writing CTEs log each row once, under what happened to it', async (t) => {
  const { entries } = await open(await createTestDatabase(t))
  const summaries = (of: readonly Entry[]) =>
    of
      .map(({ operation, before, after }) => `${operation} ${before?.id ?? after?.id} ${after?.name ?? '-'}`)
      .sort()
  await entries(`insert into $S.deal values (1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 4)`)
  const merge = (source: string) => `merge into $S.deal d using (values ${source}) s (id, name) on s.id = d.id
    when matched and s.name is null then delete
    when matched and s.name = 'same' then do nothing
    when matched then update set name = s.name
    when not matched and s.name is not null then insert (id, name) values (s.id, s.name)
    when not matched then do nothing`
  t.deepEqual(
    summaries(await entries(merge(`(1, 'x'), (2, null), (3, 'same'), (5, 'new'), (6, 'newer'), (7, null)`))),
    [...['d 2 -', 'i 5 new', 'i 6 newer', 'u 1 x']],
  )
  // One action alone, an update that changes nothing, and no row at all.
  t.deepEqual(summaries(await entries(merge(`(8, 'eight')`))), ['i 8 eight'])
  t.deepEqual(summaries(await entries(merge(`(8, null)`))), ['d 8 -'])
  t.deepEqual(summaries(await entries(merge(`(1, 'x')`))), [])
  t.deepEqual(summaries(await entries(merge(`(1, 'y'), (3, 'z')`))), ['u 1 y', 'u 3 z'])
  t.deepEqual(summaries(await entries(merge(`(99, null)`))), [])
  const written = await entries(`with gone as (delete from $S.deal where id = 4 returning *),
      added as (insert into $S.deal select id + 10, 'moved', amount from gone returning *),
      others as (insert into $S.deal values (20, 'other', 0) returning *),
      raised as (update $S.deal set amount = 9 where id = 5 returning *)
    update $S.deal set name = 'last' where id = 6`)
  t.deepEqual(summaries(written), ['d 4 -', 'i 14 moved', 'i 20 other', 'u 5 new', 'u 6 last'])
  await entries(`create table $S.part (id int primary key, name text) partition by range (id);
    create table $S.part_1 partition of $S.part for values from (0) to (10);
    create table $S.part_2 partition of $S.part for values from (10) to (20);
    insert into $S.part values (1, 'a'), (2, 'b')`)
  t.deepEqual(
    summaries(
      await entries(`merge into $S.part p using (values (1), (2), (3)) s (id) on s.id = p.id
        when matched and s.id = 1 then update set id = 11, name = 'moved'
        when matched then delete when not matched then insert values (s.id, 'c')`),
    ),
    // For a merge, Postgres reports a row that moves to another partition as deleted and inserted.
    ['d 1 -', 'd 2 -', 'i 11 moved', 'i 3 c'],
  )
})

test('cascades over three levels and keys that are set to null log every row once', async (t) => {
  const { entries } = await open(await createTestDatabase(t))
  await entries(`create table $S.one (id int primary key, deal int references $S.deal on delete cascade);
    create table $S.two (id int primary key, one int references $S.one on delete cascade);
    create table $S.three (id int primary key, two int references $S.two on delete set null);
    insert into $S.deal values (1), (2); insert into $S.one values (1, 1), (2, 1), (3, 2);
    insert into $S.two values (1, 1), (2, 2), (3, 3); insert into $S.three values (1, 1), (2, 2), (3, 3)`)
  const gone = await entries('delete from $S.deal where id = 1')
  t.is(gone.filter(({ operation }) => operation === 'd').length, 5)
  t.deepEqual(
    gone
      .flatMap(({ operation, before, after }) =>
        operation === 'u' ? [[before?.id, before?.two, after?.two]] : [],
      )
      .sort(),
    [
      [1, 1, null],
      [2, 2, null],
    ],
  )
})

test('columns that are added, renamed or dropped do not break a write', async (t) => {
  const { entries } = await open(await createTestDatabase(t))
  await entries(`insert into $S.deal values (1, 'a', 1)`)
  const [first] = await entries(`alter table $S.deal rename name to title; update $S.deal set title = 'b'`)
  t.like(first?.after, { title: 'b' })
  const [second] = await entries(
    `alter table $S.deal drop column amount, add column stage text; update $S.deal set stage = 'c'`,
  )
  t.deepEqual(second?.after, { id: 1, title: 'b', stage: 'c' })
  // Named as the variables, aliases and columns in the capture functions.
  const named = `author text, add column amount int, add column tg_relid text, add column r text, add column n text, add column "row" text`
  t.is(kinds(await entries(`alter table $S.deal add column ${named}; insert into $S.deal values (2)`)), 'i')
  t.is(
    kinds(await entries(`update $S.deal set author = 'd', n = 'd'; delete from $S.deal where id = 2`)),
    'uud',
  )
})

test('an update of one row does not spoil the plan of an update of ten thousand', async (t) => {
  const { pool, schema, workspace } = await open(await createTestDatabase(t))
  const client = await pool.connect()
  await client.query(`insert into ${schema}.deal select n, 'x', n from generate_series(1, 25000) n`)
  await client.query(`update ${schema}.deal set name = 'y' where id = 1`)
  await client.query(`update ${schema}.deal set name = 'z'`)
  client.release()
  const { rows } = await pool.query(
    `select operation, is_complete, count(*)::int as entries, count(*) filter (where coalesce(after ->> 'id', '') = coalesce(before ->> 'id', after ->> 'id'))::int as paired
     from tenantry_runtime.changes where workspace_id = $1 group by 1, 2 order by 1, 2`,
    [workspace.id],
  )
  t.deepEqual(rows, [
    { operation: 'i', is_complete: false, entries: 5000, paired: 5000 },
    { operation: 'i', is_complete: true, entries: 20_000, paired: 20_000 },
    { operation: 'u', is_complete: false, entries: 5000, paired: 5000 },
    { operation: 'u', is_complete: true, entries: 20_001, paired: 20_001 },
  ])
})

for (const [kind, prepare, table] of [
  ['a table', '', 'deal'],
  [
    'a partitioned table',
    `create table $S.split (id int primary key) partition by hash (id);
     create table $S.split_0 partition of $S.split for values with (modulus 2, remainder 0);
     create table $S.split_1 partition of $S.split for values with (modulus 2, remainder 1)`,
    'split',
  ],
] as const)
  test(`rows beyond the 20,000th of an insert are logged with their key alone: ${kind}`, async (t) => {
    const { pool, workspace, schema } = await open(await createTestDatabase(t))
    const client = await pool.connect()
    t.teardown(() => client.release(true))
    await client.query(
      `begin; ${prepare}; insert into $S.${table} select n from generate_series(1, 20003) n; commit`.replaceAll(
        '$S',
        schema,
      ),
    )
    const { rows } = await pool.query(
      `select count(*)::int as entries, count(distinct after ->> 'id')::int as ids,
         count(*) filter (where not is_complete)::int as incomplete
       from tenantry_runtime.changes where workspace_id = $1 and operation = 'i'`,
      [workspace.id],
    )
    t.deepEqual(rows[0], { entries: 20_003, ids: 20_003, incomplete: 3 })
  })

test('a role of a workspace cannot read the log, nor write it through a table of its own', async (t) => {
  const database = await createTestDatabase(t)
  const { pool, workspace } = await open(database)
  const role = `forger_${randomUUID().slice(0, 8)}`
  const client = await pool.connect()
  try {
    await client.query(`create role ${role} nologin`)
    await client.query(`set role ${role}`)
    await client.query('create temporary table mine (id int primary key)')
    for (const sql of [
      'select * from tenantry_runtime.changes',
      `insert into tenantry_runtime.changes (workspace_id, table_oid, operation) values ('${workspace.id}', 1, 'i')`,
      `create trigger t after insert on mine referencing new table as new_rows for each statement
         execute function tenantry_runtime.capture_insert('${workspace.id}')`,
      'select tenantry_runtime.tick()',
    ])
      await t.throwsAsync(client.query(sql), { code: '42501' }, sql)
  } finally {
    await client.query('reset role')
    await client.query(`drop owned by ${role}; drop role ${role}`)
    client.release()
  }
})

test('turning capture off takes the triggers away, and on brings them back', async (t) => {
  const { pool, workspace, entries } = await open(await createTestDatabase(t))
  const keep = async (): Promise<number> =>
    (await pool.query('select * from tenantry.keep_capture($1)', [workspace.id])).rowCount ?? 0
  t.is(await keep(), 0)
  const set = (capture: boolean) =>
    pool.query(`update tenantry.workspaces set settings = settings || $2 where id = $1`, [
      workspace.id,
      JSON.stringify({ capture }),
    ])
  const version = async () =>
    (await pool.query('select version from tenantry.workspaces where id = $1', [workspace.id])).rows[0]
      .version
  await set(false)
  const before = await version()
  t.is(await keep(), 1)
  t.is(kinds(await entries(`insert into $S.deal values (1)`)), '')
  await set(true)
  t.is(await keep(), 1)
  t.is(await version(), before)
  t.is(kinds(await entries(`insert into $S.deal values (2)`)), 'i')
})

test('windows contain every change once, for any interleaving of transactions', async (t) => {
  const { pool, schema, workspace } = await open(await createTestDatabase(t))
  const seen: string[] = []
  let last = 0
  const readNew = async (): Promise<void> => {
    const { rows } = await pool.query<{ tick: string }>('select number as tick from tenantry_runtime.tick()')
    for (let number = last + 1; number <= Number(rows[0]?.tick); number += 1) {
      if (number > 1) {
        const { rows: changes } = await pool.query(
          `select c.after ->> 'id' as id from tenantry_runtime.windows w
           join tenantry_runtime.windows p on p.number = w.number - 1
           join tenantry_runtime.changes c on c.id between w.first_id and w.last_id
             and pg_visible_in_snapshot(c.xid, w.snapshot) and not pg_visible_in_snapshot(c.xid, p.snapshot)
           where w.number = $1 and c.workspace_id = $2 order by c.id`,
          [number, workspace.id],
        )
        seen.push(...changes.map(({ id }) => id))
      }
      last = number
    }
  }
  await readNew()
  const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
  const committed: number[] = []
  let id = 0
  // A deterministic walk through interleavings: each step opens, writes, commits or rolls back one of four
  // transactions.
  const open4: (number[] | null)[] = [null, null, null, null]
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  for (let step = 0; step < 400; step += 1) {
    const at = random(4)
    const client = clients[at]
    const written = open4[at] ?? null
    if (client === undefined) continue
    if (written === null) {
      await client.query('begin')
      open4[at] = []
    } else if (random(3) === 0) {
      const isKept = random(4) > 0
      await client.query(isKept ? 'commit' : 'rollback')
      if (isKept) committed.push(...written)
      open4[at] = null
    } else {
      id += 1
      await client.query(`insert into ${schema}.deal values ($1)`, [id])
      written.push(id)
    }
    if (random(3) === 0) await readNew()
  }
  for (const [at, client] of clients.entries()) {
    if (open4[at] !== null) await client.query('rollback')
    client.release()
  }
  await readNew()
  await readNew()
  t.true(committed.length > 100)
  t.deepEqual(
    seen.map(Number).sort((a, b) => a - b),
    committed.sort((a, b) => a - b),
  )
})
