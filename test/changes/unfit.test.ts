// Images of the change log that no longer fit their table, since its types have changed, or that Postgres
// cannot decode. Each is shown without its record, and holds up no other change.

import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { openEventStream } from '../support/eventStream.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
test.after.always(() => gateway.close())

interface Way {
  /** Statements before the table is made. */
  readonly types?: string
  readonly type: string
  /** SQL of the value in the images that do not fit. */
  readonly old: string
  /** SQL of a value that fits all the time. */
  readonly kept: string
  /** What makes the old value unfit. */
  readonly change: string
}

const WAYS: Readonly<Record<string, Way>> = {
  'an option of a type was renamed': {
    types: `create type tier as enum ('GOLD', 'TIN')`,
    type: 'tier',
    old: `'TIN'`,
    kept: `'GOLD'`,
    change: `alter type tier rename value 'TIN' to 'IRON'`,
  },
  'an option of a type was removed': {
    types: `create type tier as enum ('GOLD', 'TIN'); create type tier2 as enum ('GOLD')`,
    type: 'tier',
    old: `'TIN'`,
    kept: `'GOLD'`,
    change: 'alter table unfits alter v type tier2 using v::text::tier2',
  },
  'a domain became stricter': {
    types: 'create domain amount as integer',
    type: 'amount',
    old: '5',
    kept: '50',
    change: 'alter domain amount add check (value > 9)',
  },
  'a column changed its type': {
    type: 'text',
    old: `'abc'`,
    kept: `'12'`,
    change: 'alter table unfits alter v type integer using v::integer',
  },
  'a column became shorter': {
    type: 'text',
    old: `'abcdef'`,
    kept: `'abc'`,
    change: 'alter table unfits alter v type varchar(3)',
  },
  'a value has an escaped zero byte': {
    type: 'json',
    old: `'{"a": "x\\u0000", "b": "\\\\u0000"}'`,
    kept: `'{"a": 1}'`,
    change: 'select 1',
  },
}

interface Entry {
  readonly operation: string
  readonly id?: string
  readonly record?: { readonly id: number; readonly other: string } | null
  readonly previous?: { readonly id: number; readonly other: string } | null
}

const run = async ({ workspace }: Client, sql: string): Promise<void> => {
  const client = await pool.connect()
  try {
    await client.query(
      `set search_path = ${quoteIdentifier(workspace.schemaName)}; ${sql}; reset search_path`,
    )
  } finally {
    client.release()
  }
}

const shown = ({ operation, id, record, previous }: Entry): readonly unknown[] => [
  operation,
  id,
  record === null ? null : record?.other,
  previous === null ? null : previous?.other,
]

const EXPECTED = [
  ['created', '1', 'c', null],
  ['created', '2', 'b', null],
  ['updated', '1', 'c', null],
  ['updated', '2', 'b', 'a'],
  ['updated', '1', 'c', null],
]

for (const [name, { types = 'select 1', type, old, kept, change }] of Object.entries(WAYS))
  test(`${name}: the other changes are read`, async (t) => {
    const client = await gateway.enter()
    await client.request('POST', '/metadata', {
      query: 'mutation { updateWorkspace(data: { history: true }) { history } }',
    })
    await run(client, `${types}; create table unfits (id integer primary key, other text, v ${type})`)
    const { position } = (await client.get('/changes')).body
    await run(
      client,
      `insert into unfits values (1, 'a', ${old}), (2, 'a', ${kept});
       update unfits set other = 'b';
       update unfits set other = 'c', v = ${kept} where id = 1`,
    )
    await run(client, change)

    const query = 'include=record,previous&objects=unfit'
    const { status, body } = await client.get(`/changes?after=${position}&${query}`)
    t.is(status, 200, JSON.stringify(body))
    t.deepEqual(body.data.changes.map(shown), EXPECTED)
    const stream = await openEventStream(`${gateway.url}/changes/stream?after=${position}&${query}`, {
      authorization: `Bearer ${client.token}`,
    })
    await until('all changes have arrived', () => stream.changes().length === EXPECTED.length)
    t.deepEqual(
      stream.changes().map(({ data }) => shown(data)),
      EXPECTED,
    )
    stream.close()

    const history = await client.get('/rest/unfits/1/history')
    t.is(history.status, 200, JSON.stringify(history.body))
    const [last, middle, first] = history.body.data.unfitHistory
    t.deepEqual([last.after?.other, last.before, middle.before, first.after], ['c', null, null, null])
    const undone = await client.request('POST', `/rest/unfits/1/history/${middle.position}/undo`)
    t.is(undone.status, 400, JSON.stringify(undone.body))
    t.is((await client.get('/rest/unfits/2/history')).body.data.unfitHistory[0].before.other, 'a')
    await client.request('DELETE', '/rest/unfits/1/history')
    t.deepEqual(
      (await client.get('/rest/unfits/1/history')).body.data.unfitHistory.map(
        (each: { after: unknown }) => each.after,
      ),
      [null, null, null],
    )
  })

test('JSON that is nested deeply is logged, shown and kept as any other', async (t) => {
  const client = await gateway.enter()
  const deep = `${'['.repeat(4_000)}1.50${']'.repeat(4_000)}`
  await run(client, 'create table deeps (id integer primary key, v json)')
  const { position } = (await client.get('/changes')).body
  await run(
    client,
    `insert into deeps values (1, '${deep}'); update deeps set v = '${deep.replace('.50', '.5')}'`,
  )
  const { status, body } = await client.get(`/changes?after=${position}&include=previous`)
  t.is(status, 200)
  const [created, updated] = body.data.changes
  t.deepEqual([created.operation, updated.operation, updated.changedFields], ['created', 'updated', ['v']])
  t.is(JSON.stringify(updated.previous.v), deep.replace('.50', '.5'))
})
