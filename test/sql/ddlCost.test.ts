import test from 'ava'
import type pg from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { openFeed } from '../../tenants/changes/capture.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

/**
 * Creates a workspace, with its roles in use, and this many tables made by hand. Returns its schema, quoted.
 */
const createSchema = async (pool: pg.Pool, tables: number): Promise<string> => {
  const { id, schemaName } = await createWorkspace(pool, { name: 'Cost', standardObjects: false })
  const { rows } = await pool.query<{ id: string }>('select id from tenantry.roles where workspace_id = $1', [
    id,
  ])
  for (const role of rows) await inTransaction(pool, (client) => ensurePgRole(client, role.id))
  const q = quoteIdentifier(schemaName)
  await pool.query(
    `do $$ begin for n in 1..${tables} loop execute format('create table %s (id serial primary key)', $q$${q}.t$q$ || n); end loop; end $$`,
  )
  return q
}

const TABLES = [
  ...['class', 'attribute', 'index', 'depend', 'constraint', 'trigger', 'type', 'namespace', 'shdepend'].map(
    (name) => `pg_${name}`,
  ),
  ...['workspaces', 'roles', 'objects', 'fields', 'object_permissions'].map((name) => `tenantry.${name}`),
]

/** Finds the tables and their indexes beforehand, so that the count reads no catalog itself. */
const countRows = async (pool: pg.Pool): Promise<(client: pg.ClientBase) => Promise<number>> => {
  const { rows } = await pool.query<{ oids: readonly number[] }>(
    `select array_agg(oid) as oids from (
       select name::regclass::oid as oid from unnest($1::text[]) name
       union all
       select i.indexrelid from unnest($1::text[]) name join pg_index i on i.indrelid = name::regclass
     ) counted`,
    [TABLES],
  )
  return async (client) => {
    const { rows: sums } = await client.query<{ read: string }>(
      `select sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)) as read
       from unnest($1::oid[]) oid`,
      [rows[0]?.oids],
    )
    return Number(sums[0]?.read)
  }
}

// Each statement builds on those above it. `@` stands for the workspace's schema.
const STATEMENTS: readonly string[] = [
  'create table @.track (id serial primary key, title text, parent_id int references @.track)',
  'alter table @.track add column length int',
  'alter table @.track rename column length to milliseconds',
  'alter table @.track rename to song',
  `comment on table @.song is 'a song'`,
  'create index on @.song (title)',
  'create view @.title as select title from @.song',
  'create sequence @.numbers',
  `create type @.mood as enum ('sad')`,
  'drop view @.title',
  'drop table @.song',
]

const costs = async (pool: pg.Pool, q: string): Promise<readonly number[]> => {
  const rowsRead = await countRows(pool)
  return inTransaction(pool, async (client) => {
    const all: number[] = []
    for (const statement of STATEMENTS) {
      const before = await rowsRead(client)
      await client.query(statement.replaceAll('@', q))
      all.push((await rowsRead(client)) - before)
    }
    return all
  })
}

test('a DDL statement reads as many rows in a workspace of 300 tables as in one of 10', async (t) => {
  const { pool } = await createTestDatabase(t)
  await openFeed(pool, 'on')
  const [small, large] = [await createSchema(pool, 10), await createSchema(pool, 300)]
  const [few, many] = [await costs(pool, small), await costs(pool, large)]
  for (const [n, statement] of STATEMENTS.entries())
    t.true(Number(many[n]) <= Number(few[n]) * 1.5 + 100, `${statement}: ${few[n]} and ${many[n]} rows`)
})

test('the last of 200 tables made in one transaction reads as many rows as the first', async (t) => {
  const { pool } = await createTestDatabase(t)
  await openFeed(pool, 'on')
  const q = await createSchema(pool, 1)
  const rowsRead = await countRows(pool)
  await inTransaction(pool, async (client) => {
    const all: number[] = []
    // Each refers to the one before: the triggers of a table that all referred to would be read again by
    // Postgres.
    await client.query(`create table ${q}.track0 (id serial primary key)`)
    for (let n = 1; n <= 200; n++) {
      const before = await rowsRead(client)
      await client.query(
        `create table ${q}.track${n} (id serial primary key, title text, other_id int references ${q}.track${n - 1})`,
      )
      all.push((await rowsRead(client)) - before)
    }
    t.true(Number(all.at(-1)) <= Number(all[1]) * 1.5 + 100, `${all[1]} and ${all.at(-1)} rows`)
  })
})
