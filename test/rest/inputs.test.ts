import test from 'ava'
import pg from 'pg'
import { isSqlError, sqlAnswer } from '../../gateway/error/sqlstate.ts'
import { createTestDatabase } from '../support/database.ts'

const TEXTS = [
  ...[
    '',
    ' ',
    'x',
    '-',
    '.',
    'a.b',
    'a.b.c.d',
    'int4 int4',
    '$.',
    '$.a ? (',
    '$ ? (@ like_regex "(")',
    '(',
    '((',
  ],
  ...[
    'abs',
    '+',
    '=(x',
    'f(int',
    'f(nope)',
    '"',
    '{',
    '{{',
    '{1',
    '[',
    '[1,',
    '(1,2',
    '<a',
    '<a></b>',
    '1e999999',
  ],
  ...[
    'a &',
    '& |',
    "'",
    '\\',
    'a:x',
    'infinity',
    '999999-01-01',
    '1 2 3 4 5 6',
    'ff:ff',
    '1.2.3.4.5',
    '0x',
    '=r/x',
  ],
]

test('an invalid value of a type is an error of the request', async (t) => {
  t.timeout(300_000)
  const { pool } = await createTestDatabase(t)
  const { rows } = await pool.query<{ name: string }>(
    `select pg_catalog.format_type(oid, null) as name from pg_catalog.pg_type
     where typtype in ('b', 'r', 'm') and typcategory <> 'A' and typnamespace = 'pg_catalog'::pg_catalog.regnamespace`,
  )
  const answers = new Set<string>()
  for (const { name } of rows)
    for (const text of TEXTS)
      try {
        await pool.query(`select $1::pg_catalog.text::${name}`, [text])
      } catch (error) {
        if (!(error instanceof pg.DatabaseError) || !isSqlError(error)) throw error
        if (error.code === '42846') break
        const answer = sqlAnswer(error)
        if (answer?.code !== 'BAD_USER_INPUT')
          answers.add(
            `${name} '${text}': ${error.code} ${error.message} is ${answer?.subCode ?? answer?.code}`,
          )
      }
  t.deepEqual([...answers], [])
  t.true(rows.length > 50)
})
