// Images in the change log do not depend on the settings of the session that writes.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createTestDatabase } from '../support/database.ts'

/** By type of a column, two values that some setting spells alike, or that it spells in several ways. */
const VALUES: readonly (readonly [type: string, first: string, second: string])[] = [
  ['double precision', '1', '1.0000000000000002'],
  ['real', '0.1', '0.10000001'],
  ['double precision[]', '{1}', '{1.0000000000000002}'],
  ['point', '(1,1)', '(1.0000000000000002,1)'],
  ['pair', '(1,a)', '(1.0000000000000002,a)'],
  ['bytea', '\\x616263', '\\x5c00ff'],
  ['bytea[]', '{"\\\\x61"}', '{"\\\\xff"}'],
  ['interval', '-1 days 02:03:04', '1 year -2 days'],
  ['interval[]', '{-1 days 02:03:04}', '{25 hours}'],
  ['timestamptz', '2026-02-01 00:30:00+00', '2026-01-02 23:00:00+00'],
  ['timestamp', '2026-02-01 00:30:00', '2026-01-02 23:00:00'],
  ['date', '2026-02-01', '2026-01-02'],
  ['daterange', '[2026-02-01,2026-03-01)', '[2026-01-02,2026-01-03)'],
  ['tstzrange', '["2026-02-01 00:30:00+00",)', '["2026-01-02 23:00:00+00",)'],
  ['tsmultirange', '{["2026-02-01 00:30:00",)}', '{["2026-01-02 23:00:00",)}'],
]

const SETTINGS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['extra_float_digits', ['-15', '0', '3']],
  ['bytea_output', ['escape']],
  ['datestyle', ['SQL, DMY', 'German', 'Postgres, MDY']],
  ['intervalstyle', ['sql_standard', 'postgres_verbose', 'iso_8601']],
  ['timezone', ['Asia/Kathmandu', 'America/St_Johns']],
]

test('images are the same under all settings of a writer, and no change is lost', async (t) => {
  const { pool } = await createTestDatabase(t)
  await pool.query('update tenantry_runtime.feed set captures = true')
  const workspace = await createWorkspace(pool, { name: 'Spelled', standardObjects: false })
  const schema = quoteIdentifier(workspace.schemaName)
  await pool.query(`create type ${schema}.pair as (number double precision, name text)`)
  const columns = VALUES.map(([type], at) => `c${at} ${type === 'pair' ? `${schema}.pair` : type}`)
  await pool.query(`create table ${schema}.deal (id int, ${columns.join(', ')}, primary key (id))`)

  /** Images of a record that is created, changed column by column, changed at once and deleted. */
  const imagesUnder = async (name: string, value: string): Promise<readonly string[]> => {
    const writer = await pool.connect()
    try {
      const { rows: last } = await writer.query(
        'select coalesce(max(id), 0) as id from tenantry_runtime.changes',
      )
      const constants = VALUES.map(([, first, second]) =>
        [first, second].map((each) => writer.escapeLiteral(each)),
      )
      await writer.query(
        `insert into ${schema}.deal values (1, ${constants.map(([first]) => first).join(', ')})`,
      )
      await writer.query('select set_config($1, $2, false)', [name, value])
      for (const [at, [, second]] of constants.entries())
        await writer.query(`update ${schema}.deal set c${at} = ${second}`)
      await writer.query(`insert into ${schema}.deal (id) values (2), (3)`)
      await writer.query(`update ${schema}.deal set c0 = 1e-300`)
      await writer.query(`delete from ${schema}.deal where id < 3; delete from ${schema}.deal`)
      const { rows } = await writer.query(
        `select operation::text || ' ' || coalesce(before::text, '') || ' ' || coalesce(after::text, '') as image
         from tenantry_runtime.changes where workspace_id = $1 and id > $2 order by id`,
        [workspace.id, last[0].id],
      )
      return rows.map(({ image }) => image)
    } finally {
      writer.release(true)
    }
  }

  const expected = await imagesUnder('timezone', 'UTC')
  t.is(expected.length, 1 + VALUES.length + 2 + 3 + 3)
  for (const [name, values] of SETTINGS)
    for (const value of values) t.deepEqual(await imagesUnder(name, value), expected, `${name} ${value}`)

  // The writer keeps its settings.
  const writer = await pool.connect()
  await writer.query(`set datestyle = 'SQL, DMY'; insert into ${schema}.deal (id) values (9)`)
  t.is((await writer.query('show datestyle')).rows[0].DateStyle, 'SQL, DMY')
  writer.release(true)
})
