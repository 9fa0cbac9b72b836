import test from 'ava'
import type pg from 'pg'
import { functionRelease, functionsDigest } from '../../sql/functions.ts'
import { migrate } from '../../sql/migrate.ts'
import { createTestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/environment.ts'

const sourceOf = async (pool: pg.Pool, name: string): Promise<string> => {
  const { rows } = await pool.query<{ source: string }>(
    'select prosrc as source from pg_proc where oid = $1::regproc',
    [`tenantry.${name}`],
  )
  return rows[0]?.source ?? ''
}

/** A function as another version of the gateway would have left it. */
const replaceAddCounts = async (pool: pg.Pool, release: number): Promise<void> => {
  await pool.query(`create or replace function tenantry.add_counts(a bigint[], b bigint[]) returns bigint[]
    language sql immutable as 'select a'`)
  await pool.query(
    `update tenantry.functions set hash = 'of another version', release = $1 where name = 'add_counts.sql'`,
    [release],
  )
}

test('the release number of the functions rises with every change of them', (t) => {
  const { release, digest } = functionRelease()
  t.is(
    functionsDigest(),
    digest,
    `The functions have changed since release ${release}. Write into sql/functions/release.json: ` +
      JSON.stringify({ release: release + 1, digest: functionsDigest() }),
  )
})

test('a start replaces functions that an older gateway applied', async (t) => {
  const { pool } = await createTestDatabase(t)
  const source = await sourceOf(pool, 'add_counts')
  await replaceAddCounts(pool, functionRelease().release)
  await migrate(pool, { secretKey: SECRET_KEY })
  t.is(await sourceOf(pool, 'add_counts'), source)
})

test('a start leaves functions alone that a newer gateway applied', async (t) => {
  const { pool } = await createTestDatabase(t)
  await replaceAddCounts(pool, functionRelease().release + 1)
  await pool.query(`create or replace function tenantry.raise_versions(schemas text[]) returns void
    language sql as 'select'`)
  await migrate(pool, { secretKey: SECRET_KEY })
  t.is(await sourceOf(pool, 'add_counts'), 'select a')
  t.is(await sourceOf(pool, 'raise_versions'), 'select')
})

test('a start that finds current functions applies none', async (t) => {
  const { pool } = await createTestDatabase(t)
  const before = await pool.query('select * from tenantry.functions order by name')
  await migrate(pool, { secretKey: SECRET_KEY })
  const after = await pool.query('select * from tenantry.functions order by name')
  t.true(before.rows.length > 10)
  t.deepEqual(after.rows, before.rows)
})
