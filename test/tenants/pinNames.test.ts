import { readFileSync } from 'node:fs'
import test from 'ava'
import pg, { type Pool } from 'pg'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { pinNames } from '../../tenants/upgrade/pinNames.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'
import { createTestLog } from '../support/log.ts'

const read = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')
const EARLIER = read('earlier.sql')
/** What d2e5b0c called these tables and columns. */
const NAMES: unknown = JSON.parse(read('earlier.json'))

const load = async (pool: Pool, schema: string, sql: string): Promise<void> => {
  const client = await pool.connect()
  await client.query(`set search_path to ${quoteIdentifier(schema)}`)
  await client.query(sql)
  client.release(true)
}

const catalogOf = async (pool: Pool, schema: string) => {
  const catalog = await readCatalog(pool, schema)
  if (catalog === null) throw new Error(`There is no schema ${schema}`)
  return catalog
}

const namesOf = async (pool: Pool, schema: string) => {
  const { objects, omitted } = deriveModel(await catalogOf(pool, schema), { standard: false })
  if (omitted.length > 0) throw new Error(JSON.stringify(omitted))
  return Object.fromEntries(
    objects.map((object) => [
      object.table,
      { names: [object.nameSingular, object.namePlural], fields: [...object.fields.keys()].sort() },
    ]),
  )
}

/** A workspace as the version before left it. */
const earlierWorkspace = async (pool: Pool, sql: string) => {
  const workspace = await createWorkspace(pool, { name: 'before', standardObjects: false })
  await load(pool, workspace.schemaName, sql)
  await pool.query('update tenantry.workspaces set naming = 1 where id = $1', [workspace.id])
  return workspace
}

test('an upgrade changes no API name, and keeps the rest of each comment', async (t) => {
  const { pool } = await createTestDatabase(t)
  const log = createTestLog()
  const { id, schemaName } = await earlierWorkspace(pool, EARLIER)
  t.notDeepEqual(await namesOf(pool, schemaName), NAMES)
  await pinNames(pool, log)
  t.deepEqual(await namesOf(pool, schemaName), NAMES)
  const { relations } = await catalogOf(pool, schemaName)
  const list = relations.find(({ name }) => name === 'people_list')
  t.is(list?.comment, '@label Persons\nWhoever is on a list')
  t.is(list?.columns.find(({ name }) => name === 'fooBar')?.comment, '@name fooBar\nA column with a comment')
  t.is(relations.find(({ name }) => name === 'cookies')?.comment, '@name cooky cookies')
  t.is(relations.find(({ name }) => name === 'single')?.comment, null, 'what keeps its name needs no comment')
  t.like(log.entries[0], { level: 'info', fields: { workspaceId: id } })
  t.is(log.entries.length, 1)

  const before = await pool.query('select naming, version from tenantry.workspaces where id = $1', [id])
  t.is(before.rows[0].naming, 2)
  await pinNames(pool, log)
  const after = await pool.query('select naming, version from tenantry.workspaces where id = $1', [id])
  t.deepEqual(after.rows, before.rows, 'a workspace is looked at once')
})

test('an upgrade keeps the names of functions and of their arguments', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { schemaName } = await earlierWorkspace(
    pool,
    `create table "größe" (id int primary key);
     create function "日本語"("тело" int, plain int) returns int language sql stable return 1;
     create function plain("тело" text) returns int language sql stable return 1;
     create function twice(a int) returns int language sql stable return 1;
     create function twice(a text) returns int language sql stable return 1;
     create function "größe_größe"("größe") returns int language sql stable return 1;
     create function "日"("größe") returns int language sql stable return 1;
     comment on function "日本語"(int, int) is E'@label Text\nWhat it does'`,
  )
  await pinNames(pool, createTestLog())
  const { functions } = deriveModel(await catalogOf(pool, schemaName), { standard: false })
  t.deepEqual(
    functions.map(({ fieldName, arguments: args }) => [fieldName, ...args.map(({ name }) => name)]),
    [['groUdfE'], ['plain', 'u442U435U43bU43e'], ['u65e5'], ['u65e5U672cU8a9e', 'u442U435U43bU43e', 'plain']],
  )
  const catalog = await catalogOf(pool, schemaName)
  const comments = new Map(catalog.functions.map(({ name, comment }) => [name, comment]))
  t.is(comments.get('日本語'), '@name u65e5U672cU8a9e u442U435U43bU43e plain\n@label Text\nWhat it does')
  t.is(comments.get('twice'), null, 'what GraphQL does not show keeps no name')
})

/** The comments of a schema as a dump has them. */
const commentsOf = async (pool: Pool, schema: string): Promise<string> => {
  const { relations, foreignKeys } = await catalogOf(pool, schema)
  const kinds = { r: 'table', p: 'table', v: 'view', m: 'materialized view', f: 'foreign table' }
  const tables = new Map(relations.map(({ oid, name }) => [oid, name]))
  const lines = [
    ...relations.flatMap(({ name, kind, comment, columns }) => [
      { what: `${kinds[kind]} ${quoteIdentifier(name)}`, comment },
      ...columns.map((column) => ({
        what: `column ${quoteIdentifier(name)}.${quoteIdentifier(column.name)}`,
        comment: column.comment,
      })),
    ]),
    ...foreignKeys.map(({ name, relation, comment }) => ({
      what: `constraint ${quoteIdentifier(name)} on ${quoteIdentifier(tables.get(relation) ?? '')}`,
      comment,
    })),
  ]
  return lines
    .filter(({ comment }) => comment !== null)
    .map(({ what, comment }) => `comment on ${what} is ${pg.escapeLiteral(comment ?? '')};`)
    .join('\n')
}

test('a dump of an upgraded workspace keeps the names where it is restored', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { schemaName } = await earlierWorkspace(pool, EARLIER)
  await pinNames(pool, createTestLog())
  await pool.query('create schema restored')
  await load(pool, 'restored', `${EARLIER};\n${await commentsOf(pool, schemaName)}`)
  t.deepEqual(await namesOf(pool, 'restored'), NAMES)
})

test('both orders of creation are pinned to the names of that order', async (t) => {
  const { pool } = await createTestDatabase(t)
  const [, connections = '', invoices = ''] =
    /(create table invoice_connections.*;)\n(create table invoices.*;)/.exec(EARLIER) ?? []
  for (const sql of [connections, invoices, connections + invoices, invoices + connections]) {
    const { schemaName } = await earlierWorkspace(pool, sql)
    const wanted = sql.includes('invoice_connections') ? 'invoiceConnections' : undefined
    await pinNames(pool, createTestLog())
    const names = await namesOf(pool, schemaName)
    t.is(names.invoice_connections?.names[1], wanted)
    if (sql.includes(invoices))
      t.is(names.invoices?.names[1], wanted === undefined ? 'invoices' : 'invoiceRecords')
  }
})

test('a table whose name is pinned elsewhere is omitted with the reason', async (t) => {
  const { pool } = await createTestDatabase(t)
  const { schemaName } = await earlierWorkspace(pool, 'create table invoice_connections (id int primary key)')
  await pinNames(pool, createTestLog())
  await load(pool, schemaName, 'create table invoices (id int primary key)')
  const { objects, omitted } = deriveModel(await catalogOf(pool, schemaName), { standard: false })
  t.deepEqual(
    objects.map(({ namePlural }) => namePlural),
    ['invoiceConnections'],
  )
  t.like(omitted[0], { table: 'invoices', names: ['invoice', 'invoices'] })
  t.regex(omitted[0]?.reason ?? '', /invoice_connections/)
})

test('workspaces without anything to pin are passed over, many at a time, and one that fails holds up none', async (t) => {
  const { pool } = await createTestDatabase(t)
  const log = createTestLog()
  const [first, second] = [await earlierWorkspace(pool, ''), await earlierWorkspace(pool, EARLIER)]
  const held = await earlierWorkspace(pool, 'create table cookies (id int primary key)')
  const client = await pool.connect()
  await client.query(`begin; lock table ${quoteIdentifier(held.schemaName)}.cookies in access exclusive mode`)
  await pinNames(pool, log)
  await client.query('rollback')
  client.release()
  t.like(
    log.entries.find(({ level }) => level === 'error'),
    { fields: { workspaceId: held.id } },
  )
  const naming = async () => {
    const { rows } = await pool.query<{ id: string; naming: number }>(
      'select id, naming from tenantry.workspaces',
    )
    return new Map(rows.map((row) => [row.id, row.naming]))
  }
  const now = await naming()
  t.deepEqual([now.get(first.id), now.get(second.id), now.get(held.id)], [2, 2, 1])
  await pinNames(pool, log)
  t.is((await naming()).get(held.id), 2)
  t.is((await namesOf(pool, held.schemaName)).cookies?.names[0], 'cooky')
})
