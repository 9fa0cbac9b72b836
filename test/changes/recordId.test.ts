// The id of an entry names its record wherever a path takes an id: no key, however odd, leads to another one.

import test from 'ava'
import fc from 'fast-check'
import { RECORD_ROWS } from '../../gateway/rest/routes.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { eraseRecord, keyOfParts } from '../../tenants/changes/erase.ts'
import { pathIdOf } from '../../tenants/changes/recordId.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

const enter = async (): Promise<Client> => {
  const client = await gateway.enter()
  await client.request('POST', '/metadata', {
    query: 'mutation { updateWorkspace(data: { history: true }) { id } }',
  })
  return client
}

/** Words behind the name of an object, in the place of an id. */
const WORDS = RECORD_ROWS.flatMap(({ pattern }) => /^\/rest\/\{plural\}\/(\w+)$/.exec(pattern)?.[1] ?? [])

const ODD = [
  ...['open', 'open?x', 'open#x', 'open/x', 'a,b', ',', '/', '?', '%', '%25', '%2C', 'a%2Cb', '%zz', '9,p?q'],
  ...[
    ' ',
    ' x ',
    '+',
    '&=',
    '\\',
    '"',
    "'",
    '`',
    '{}',
    '[]',
    '<a>',
    ';',
    ':',
    '@',
    '!',
    '*',
    '~',
    '^',
    '|',
    '...',
  ],
  ...[
    '\n',
    '\t',
    '\u00e9',
    'e\u0301',
    'ß',
    '日本',
    '👍',
    '\u202e',
    'new',
    'null',
    'history',
    'undo',
    'batch',
    'A',
    'a',
  ],
]
const RANDOM = fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), {
  seed: 53,
  numRuns: 20,
})
const TEXTS = [...new Set([...ODD, ...WORDS, ...RANDOM])].filter((text) => text !== '.' && text !== '..')

/** By type of the key, values in SQL's spelling. */
const KEYS: readonly (readonly [type: string, values: readonly string[]])[] = [
  ['text', TEXTS],
  ['varchar(20)', ['a,b', '%2C', 'open?x']],
  ['char(12)', ['a', 'a b', '?']],
  ['jsonb', ['1', '"1"', '"a,b"', '{"a":"?"}', '[1,"2"]', '"{}"', 'true', '"true"', '1.50', '[1.0, 1e-7]']],
  ['text[]', ['{}', '{a}', '{"a,b"}', '{a,b}', '{"a?","%2C"}']],
  ['bytea', ['\\x', '\\x61', '\\x00ff', '\\x5c78']],
  ['int', ['0', '-1']],
  ['bigint', ['9007199254740993', '-9223372036854775808']],
  ['numeric', ['1.50', 'NaN', 'Infinity', '123456789012345678901234567890.5']],
  ['numeric(6,2)', ['1.5', '0']],
  ['double precision', ['1', '1e300', '1.0000000000000002', 'Infinity', 'NaN', '-5e-324']],
  ['date', ['2026-01-02', '0044-03-15 BC', 'infinity']],
  ['timestamptz', ['2026-01-02T03:04:05.678901+05:45', '0044-03-15 12:00:00+00 BC', '-infinity']],
  ['timestamp', ['2026-01-02 03:04:05.6', 'infinity']],
  ['time', ['01:02:03.5', '24:00']],
  ['timetz', ['01:02:03+05:45']],
  ['interval', ['1 mon -3 days 04:05:06.7', '-00:00:01']],
  ['boolean', ['true', 'false']],
  ['inet', ['10.0.0.1', '10.0.0.0/8', '2001:db8::/32']],
  ['macaddr', ['08:00:2b:01:02:03']],
  ['int4range', ['[1,5)', '(,)', 'empty']],
  ['bit(3)', ['101']],
  ['mood', ['a,b?', '%', 'merge']],
]

interface Change {
  readonly id: string
  readonly previousId?: string
  readonly record: { readonly mark: number }
}

const changesAfter = async (client: Client, start: string): Promise<readonly Change[]> => {
  const found: Change[] = []
  for (let [position, hasMore] = [start, true]; hasMore; ) {
    const { body } = await client.get(`/changes?after=${position}&include=record&limit=1000`)
    found.push(...body.data.changes)
    ;({ position, hasMore } = body)
  }
  return found
}

const operations = (answer: { readonly body: { readonly data?: Record<string, unknown> } }): string => {
  const [entries] = Object.values(answer.body.data ?? {})
  return Array.isArray(entries)
    ? entries.map(({ operation }) => operation).join(' ')
    : JSON.stringify(answer.body)
}

for (const isComposite of [false, true])
  test(`the id of a change leads to its record alone, ${isComposite ? 'of two columns' : 'of one column'}`, async (t) => {
    const client = await enter()
    const schema = quoteIdentifier(client.workspace.schemaName)
    await pool.query(`create type ${schema}.mood as enum ('a,b?', '%', 'merge')`)
    const { position } = (await client.get('/changes')).body
    const marks = new Map<number, readonly [plural: string, label: string]>()
    const [second, key] = isComposite ? ["other text default 'a,%',", 'id, other'] : ['', 'id']
    for (const [at, [type, values]] of KEYS.entries()) {
      const table = `${schema}.odd${at}`
      await pool.query(
        `create table ${table} (id ${type === 'mood' ? `${schema}.mood` : type}, ${second} mark int, primary key (${key}))`,
      )
      for (const value of values) {
        const mark = marks.size
        marks.set(mark, [`odd${at}s`, `${type} ${JSON.stringify(value)}`])
        await pool.query(`insert into ${table} (id, mark) values ($1, $2)`, [value, mark])
      }
    }
    await until(
      'the tables are served',
      async () => (await client.get(`/rest/odd${KEYS.length - 1}s`)).status === 200,
    )
    const changes = await changesAfter(client, position)
    t.is(changes.length, marks.size)
    for (const { id, record } of changes) {
      const [plural = '', label = ''] = marks.get(record.mark) ?? []
      const path = `/rest/${plural}/${id}`
      const read = await client.get(path)
      const [found] = Object.values<{ mark: number }>(read.body.data ?? {})
      t.is(found?.mark, record.mark, `${label} ${path} ${read.text}`)
      const written = await client.request('PATCH', path, { mark: -1 })
      t.is(written.status, 200, `${label} ${written.text}`)
      const history = await client.get(`${path}/history`)
      t.is(operations(history), 'updated created', label)
      const [[updated] = []] = Object.values<[{ position: string }]>(history.body.data)
      t.is((await client.request('POST', `${path}/history/${updated?.position}/undo`)).status, 200, label)
      // The command line takes the same id.
      const place = { workspaceId: client.workspace.id, table: plural.slice(0, -1) }
      const parts = id.split(',').map(decodeURIComponent)
      t.is(
        await eraseRecord(pool, {
          ...place,
          key: await keyOfParts(pool, place.workspaceId, place.table, parts),
        }),
        3,
        label,
      )
      t.regex((await client.request('DELETE', `${path}/history`)).text, /"changes":0/, label)
    }
  })

test('a replaced id leads to the history before, and the audit log names records by their ids', async (t) => {
  const client = await enter()
  const table = `${quoteIdentifier(client.workspace.schemaName)}.door`
  await pool.query(`create table ${table} (id text primary key, mark int)`)
  const { position } = (await client.get('/changes')).body
  await pool.query(`insert into ${table} values ('open?x', 1), ('open', 2)`)
  await pool.query(`update ${table} set id = 'a/b,c' where mark = 1`)
  await until('the table is served', async () => (await client.get('/rest/doors')).status === 200)
  const changed = (await changesAfter(client, position)).at(-1)
  t.like(changed, { id: 'a%2Fb%2Cc', previousId: 'open%3Fx' })
  t.is(operations(await client.get(`/rest/doors/${changed?.previousId}/history`)), 'updated created')
  t.is(operations(await client.get(`/rest/doors/${changed?.id}/history`)), 'updated')
  t.is(operations(await client.get('/rest/doors/open/history')), 'created')
  await client.request('DELETE', `/rest/doors/${changed?.id}/history`)
  const { rows } = await pool.query(
    `select details ->> 'record' as record from tenantry.audit where workspace_id = $1 and action = 'history.erase'`,
    [client.workspace.id],
  )
  t.deepEqual(rows, [{ record: changed?.id }])
})

test('no id is a word of a route', (t) => {
  for (const word of WORDS) t.not(pathIdOf([word]), word)
  t.is(pathIdOf(['..']), '%2e%2e')
})
