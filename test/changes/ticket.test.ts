// Tickets for streams of browsers: what they open, at which gateway, how often, and what ends them.

import test from 'ava'
import { createMemberCallers } from '../../gateway/auth/members.ts'
import { createTickets } from '../../gateway/auth/tickets.ts'
import { revokeKey } from '../../tenants/key.ts'
import { HERE, openAuthentication } from '../auth/fixture.ts'
import { addMember, signIn, signInMember } from '../support/console.ts'
import { openEventStream } from '../support/eventStream.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const gateway = await startTestGateway({ environment: { CAPTURE: 'on' } })
const other = await startTestGateway({ database: gateway.database, environment: { CAPTURE: 'on' } })
const { pool } = gateway.gateway
test.after.always(async () => {
  await other.close()
  await gateway.close()
})

const ticketOf = async (client: Pick<Client, 'request'>, query: unknown = {}): Promise<string> => {
  const { status, body } = await client.request('POST', '/changes/tickets', query)
  if (status !== 201) throw new Error(JSON.stringify(body))
  return body.data.ticket
}

const openWith = (ticket: string, { url } = gateway, more = '', headers: Record<string, string> = {}) =>
  openEventStream(`${url}/changes/stream?ticket=${ticket}${more}`, headers)

const ended = (stream: Awaited<ReturnType<typeof openWith>>) =>
  until('the stream has ended', stream.isEnded).then(() => stream.events.at(-1))

test.serial('a ticket opens the stream that it was issued for, without a header', async (t) => {
  const client = await gateway.enter()
  const query = { objects: ['companies'], operations: ['updated'], include: ['record'] }
  const { status, body } = await client.request('POST', '/changes/tickets', query)
  t.is(status, 201)
  t.true(Date.parse(body.data.connectBy) < Date.parse(body.data.expiresAt))
  const stream = await openWith(body.data.ticket)
  const company = await client.request('POST', '/rest/companies', { name: 'one' })
  const { id } = company.body.data.createCompany
  await client.request('PATCH', `/rest/companies/${id}`, { name: 'two' })
  await until('the update has arrived', () => stream.changes().length > 0)
  t.deepEqual(
    stream.changes().map(({ data }) => [data.operation, data.record.name]),
    [['updated', 'two']],
  )
  stream.close()
})

test.serial('the latest connection of a ticket ends the one before, at another gateway too', async (t) => {
  const client = await gateway.enter()
  const ticket = await ticketOf(client)
  const first = await openWith(ticket)
  await client.request('POST', '/rest/companies', { name: 'one' })
  await until('the change has arrived', () => first.changes().length === 1)
  const second = await openWith(ticket, other, '', { 'last-event-id': first.lastId() })
  t.like(await ended(first), { event: 'end', data: { code: 'STREAM_REPLACED' } })
  await client.request('POST', '/rest/companies', { name: 'two' })
  await until('the change has arrived', () => second.changes().length === 1)
  t.not(second.changes()[0]?.data.id, first.changes()[0]?.data.id)
  const third = await openWith(ticket)
  t.like(await ended(second), { event: 'end' })
  t.false(third.isEnded())
  third.close()
})

test.serial(
  'later connections that were not announced are found when the gateway listens again',
  async (t) => {
    const client = await gateway.enter()
    const stream = await openWith(await ticketOf(client))
    await pool.query('update tenantry_runtime.stream_tickets set connections = connections + 1')
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity 
     where datname = current_database() and application_name = 'tenantry (listener)'`,
    )
    t.like(await ended(stream), { event: 'end' })
  },
)

test.serial('rows of expired tickets go with the next connection', async (t) => {
  const client = await gateway.enter()
  await pool.query(
    `insert into tenantry_runtime.stream_tickets select gen_random_uuid(), 1, now() - interval '1 second' from generate_series(1, 3)`,
  )
  const stream = await openWith(await ticketOf(client))
  const { rows } = await pool.query(
    'select count(*)::int as count from tenantry_runtime.stream_tickets where expires_at <= now()',
  )
  t.deepEqual(rows, [{ count: 0 }])
  stream.close()
})

test.serial('a ticket ends with its key, with the role of the key and with the session', async (t) => {
  const client = await gateway.enter()
  const keyIdOf = async (): Promise<string> => {
    const { rows } = await pool.query<{ id: string }>(
      'select id from tenantry.api_keys where workspace_id = $1 order by created_at desc limit 1',
      [client.workspace.id],
    )
    return rows[0]?.id ?? ''
  }
  await gateway.client(client.workspace, 'Guest')
  const revoked = await gateway.client(client.workspace)
  const [revokedId, revokedTicket] = [await keyIdOf(), await ticketOf(revoked)]
  const demoted = await gateway.client(client.workspace)
  const [demotedId, demotedTicket] = [await keyIdOf(), await ticketOf(demoted)]
  const person = await signInMember(
    gateway.url,
    pool,
    client.workspace.id,
    await addMember(pool, client.workspace.schemaName),
  )
  const sessionTicket = await ticketOf(person)
  const byKey = await signIn(gateway.url, { apiKey: client.token })
  const keySessionTicket = await ticketOf(byKey)
  const streams = await Promise.all(
    [revokedTicket, demotedTicket, sessionTicket, keySessionTicket].map((ticket) => openWith(ticket)),
  )
  t.true(streams.every((stream) => stream.status() === 200))
  await revokeKey(pool, revokedId)
  await pool.query(
    `update tenantry.api_keys k set role_id = r.id from tenantry.roles r
     where k.id = $1 and r.workspace_id = k.workspace_id and r.label = 'Guest'`,
    [demotedId],
  )
  await person.request('DELETE', '/console/session')
  await byKey.request('DELETE', '/console/session')
  for (const stream of streams)
    t.like(await ended(stream), { event: 'end', data: { code: 'UNAUTHENTICATED' } })
  for (const ticket of [revokedTicket, demotedTicket, sessionTicket])
    t.is((await openWith(ticket)).status(), 401)
  t.is((await client.get('/rest/companies')).status, 200)
})

test.serial('a ticket opens nothing else, and nothing else is a ticket', async (t) => {
  const client = await gateway.enter()
  const ticket = await ticketOf(client)
  t.is(
    (await client.request('GET', '/rest/companies', undefined, { authorization: `Bearer ${ticket}` })).status,
    401,
  )
  t.is((await fetch(`${gateway.url}/changes?ticket=${ticket}`)).status, 401)
  t.is((await openWith(client.token)).status(), 401)
  t.is((await openWith('x.y.z')).status(), 401)
  t.is((await openWith(`${ticket.slice(0, -4)}AAAA`)).status(), 401)
  t.is((await openWith(ticket, gateway, '&objects=people')).status(), 400)
  t.is((await client.get('/changes/tickets')).status, 405)
})

test.serial('a request for a ticket is checked like the stream itself', async (t) => {
  const client = await gateway.enter()
  const refused = async (query: unknown): Promise<string> => {
    const { status, body } = await client.request('POST', '/changes/tickets', query)
    t.is(status, 400)
    return body.messages[0]
  }
  t.regex(await refused({ operations: ['changed'] }), /created, updated, deleted/)
  t.regex(await refused({ objects: ['rockets'] }), /company/)
  t.regex(await refused({ objects: 'companies' }), /list of strings/)
  t.regex(await refused({ limit: ['5'] }), /objects, operations, include/)
  t.regex(await refused([]), /object/)
  const guest = await fetch(`${gateway.url}/changes/tickets`, { method: 'POST', body: '{}' })
  t.is(guest.status, 401)
  const person = await signIn(gateway.url, { apiKey: client.token })
  const forged = { 'x-csrf-token': 'none' }
  t.is((await person.request('POST', '/changes/tickets', {}, forged)).status, 403)
})

test.serial('a ticket is connected within a minute, reconnects for twelve hours, and expires', async (t) => {
  const { clock, tokens, authenticator, issue, newWorkspace } = await openAuthentication(pool)
  const { header } = await issue((await newWorkspace()).id, { tokenDays: 1 })
  const caller = await authenticator.authenticate(header, HERE)
  const tickets = createTickets({
    pool,
    tokens,
    keys: authenticator,
    members: createMemberCallers({ pool, rateLimitPerMinute: 1 }),
    sessions: { callerOfHash: () => Promise.reject(new Error('There is no session.')) },
    clock: clock.now,
  })
  const newTicket = () => tickets.issue({ authorization: header }, caller, {})
  const late = await tickets.read((await newTicket()).ticket)
  const issued = await newTicket()
  const early = await tickets.read(issued.ticket)
  clock.pass(59_000)
  t.is((await tickets.connect(early)).number, 1)
  clock.pass(2_000)
  await t.throwsAsync(tickets.connect(late), { message: /within 60 seconds/ })
  t.is((await tickets.connect(early)).number, 2)
  t.is((await tickets.callerOf(early, HERE)).roleId, caller.roleId)
  await t.throwsAsync(tickets.callerOf({ ...early, roleId: 'another' }, HERE), {
    message: /role has changed/,
  })
  clock.pass(12 * 3_600_000)
  await t.throwsAsync(tickets.callerOf(early, HERE), { message: /expired/ })
  await t.throwsAsync(tickets.read(issued.ticket), { message: /expired/ })
  // The key's token ends before twelve hours have passed.
  clock.pass(11 * 3_600_000)
  t.true((await newTicket()).expiresAt.getTime() - clock.now() < 3_600_000)
})
