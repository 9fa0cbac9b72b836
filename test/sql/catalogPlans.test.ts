// What a schema costs to read does not grow with the number of schemas beside it: no table of the catalog
// that grows with them is read whole.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { createTestDatabase } from '../support/database.ts'

for (const [file, types, values] of [
  ['catalog.sql', 'text, name[]', `'any', '{}'`],
  ['catalogDetails.sql', 'text', `'any'`],
])
  test(`${file} finds everything by an index`, async (t) => {
    const { pool } = await createTestDatabase(t)
    const text = readFileSync(new URL(`../../sql/catalog/${file}`, import.meta.url), 'utf8')
    const client = await pool.connect()
    try {
      // A test database is small enough for sequential scans: these are disabled wherever there is another
      // plan.
      await client.query('set enable_seqscan = off; set plan_cache_mode = force_generic_plan')
      await client.query(`prepare reading (${types}) as ${text}`)
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain execute reading (${values})`)
      const plan = rows.map((row) => row['QUERY PLAN'])
      t.true(plan.some((line) => line.includes('Index')))
      t.deepEqual(
        // Foreign tables are few, and asked about where there are some.
        plan.filter((line) => /Seq Scan on pg_(?!foreign)/.test(line)),
        [],
      )
    } finally {
      client.release(true)
    }
  })

test('the owner’s statements are not compiled where the server has JIT', async (t) => {
  const { pool, name, ownerUrl } = await createTestDatabase(t)
  await pool.query(`alter database ${name} set jit = on`)
  const fresh = createOwnerPool(ownerUrl, { size: 1 })
  t.teardown(() => fresh.end())
  t.deepEqual((await fresh.query('show jit')).rows, [{ jit: 'off' }])
})
