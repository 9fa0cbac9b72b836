// No request keeps the event loop for long, of a large model either: what happens between two turns is
// counted, for every route of the table.

import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { createOperatorKey, OPERATOR_SCOPES } from '../../tenants/operator.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { ask, type Client, startTestGateway } from '../support/gateway.ts'
import { createWorkMeter, type Turn } from '../support/work.ts'
import { startReceiver } from '../webhooks/receiver.ts'
import { ENTRY_POINTS } from './turns/entryPoints.ts'
import type { EntryPoint, World } from './turns/world.ts'

const TABLES = 60
const COLUMNS = 13
/** Measured: 30 ns each where V8 has optimised the functions. */
const MOST_CALLS = 200_000

const receiver = await startReceiver()
const server = await startTestGateway({
  environment: {
    CAPTURE: 'on',
    OUTBOUND_ALLOWED_HOSTS: '127.0.0.1',
    BODY_LIMIT_BYTES: '20000000',
    LOG_LEVEL: 'silent',
  },
})
const { pool } = server.gateway
const { secret } = await createOperatorKey(pool, 'Turns', { scopes: OPERATOR_SCOPES })
test.after.always(async () => {
  await server.close()
  await receiver.close()
})

const tableOf = (index: number): string => {
  const parent = index === 0 ? '' : `, parent_id uuid references thing_${Math.floor(index / 2)}`
  const columns = Array.from({ length: COLUMNS }, (_, at) => `value_${at} text`).join(', ')
  return `create table thing_${index} (id uuid primary key default gen_random_uuid(), ${columns}${parent});`
}

/** A workspace with that many tables of its own. */
const worldOf = async (name: string, tables: number): Promise<World> => {
  const client: Client = await server.enter(name)
  const schema = quoteIdentifier(client.workspace.schemaName)
  await pool.query(
    `set local search_path to ${schema}; ${Array.from({ length: tables }, (_, index) => tableOf(index)).join('\n')}`,
  )
  const { body } = await client.get('/rest/metadata/objects/thing1')
  const { id, fields } = body.data.object
  let changes = 0
  return {
    client,
    url: server.url,
    secret,
    operator: (method, path, sent) =>
      ask(`${server.url}/admin/${path}`, method, sent, { authorization: `Bearer ${secret}` }),
    targetUrl: receiver.url(`/${tables}`),
    change: async () => {
      changes += 1
      await pool.query(`alter table ${schema}.thing_3 add column changed_${changes} text`)
      // If the notification is late, a request finds more in caches, and does less.
      await sleep(100)
    },
    made: new Map([
      ['object', id],
      ['field', fields.find((field: { name: string }) => field.name === 'value0').id],
      ['admin role', (await findRole(pool, client.workspace.id, 'Admin')).id],
    ]),
  }
}

/** HEAD and PUT where they mean GET and PATCH, and OPTIONS, which reads nothing. */
const isTwin = (method: string, methods: readonly string[]): boolean =>
  method === 'OPTIONS' || method === 'HEAD' || (method === 'PUT' && methods.includes('PATCH'))

test('every route of the table has requests whose work between two turns is counted', (t) => {
  const routes = server.gateway.routes.flatMap(({ pattern, answers }) => {
    const methods = [...answers.keys()]
    return methods.filter((method) => !isTwin(method, methods)).map((method) => `${method} ${pattern}`)
  })
  const asked = ENTRY_POINTS.map(({ route }) => route)
  t.deepEqual([...new Set(asked)].toSorted(), routes.toSorted())
})

test('no request keeps the event loop for longer than a part of a large model takes', async (t) => {
  t.timeout(1_200_000)
  const [small, large] = [await worldOf('Small', 4), await worldOf('Large', TABLES)]
  const unexpected: string[] = []
  const request = async (world: World, { route, what, status, ask: send }: EntryPoint): Promise<void> => {
    const { status: answered, text } = await send(world)
    const hasErrors = status === undefined && text.startsWith('{"errors"')
    if (hasErrors || (status === undefined ? answered >= 400 : answered !== status))
      unexpected.push(`${route} ${what ?? ''}: ${answered} ${text.slice(0, 300)}`)
  }
  // Loads the code of all.
  for (const point of ENTRY_POINTS) await request(small, point)
  t.deepEqual(unexpected, [])
  const turns: (readonly [string, Turn])[] = []
  const meter = createWorkMeter()
  try {
    for (const point of ENTRY_POINTS) {
      if (point.isCold) await large.change()
      const turn = await meter.during(() => request(large, point))
      turns.push([`${point.route} ${point.what ?? ''}`, turn])
    }
  } finally {
    meter.end()
  }
  t.deepEqual(unexpected, [])
  for (const [name, { calls, functions }] of turns)
    t.true(
      calls <= MOST_CALLS,
      `${name}: ${calls} ${functions.map(({ name: of, calls: n }) => `${n} ${of}`).join()}`,
    )
})
