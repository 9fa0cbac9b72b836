import test from 'ava'
import { READING } from '../../gateway/admin/audit/commandAudit.ts'
import { COMMANDS } from '../../gateway/admin/run.ts'
import { runCommand } from '../../gateway/admin/terminal.ts'
import { createFailureLog, MOST_COUNTS } from '../../gateway/auth/failureLog.ts'
import type { CountedFailures } from '../../tenants/audit/failures.ts'
import { type AuditEntry, readAudit } from '../../tenants/audit/pages.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { ask, startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

const NAME = `O'Brien "x"`
const gateway = await startTestGateway({ environment: { TRUSTED_PROXIES: '1' } })
const { pool } = gateway.gateway
const { secret } = await createOperatorKey(pool, NAME)
test.after.always(() => gateway.close())

const read = (query: string, token = secret) =>
  ask(`${gateway.url}/admin/audit?${query}`, 'GET', undefined, { authorization: `Bearer ${token}` })

// Entries of the past may be dropped by maintenance, which has its first round at the start.
const entriesOf = (text: string): readonly AuditEntry[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

const actionsOf = async (query: string): Promise<readonly string[]> =>
  entriesOf((await read(query)).text).map(({ action }) => action)

test('changes of keys, roles and members have the client’s address and the id of the request', async (t) => {
  const client = await gateway.enter()
  const from = { 'x-forwarded-for': '203.0.113.7', 'x-request-id': 'of-the-role' }
  const made = await client.request('POST', '/rest/metadata/roles', { label: 'Clerk' }, from)
  t.is(made.status, 201, made.text)
  await client.request(
    'POST',
    '/metadata',
    {
      query: `mutation { updateOneRole(updateRoleInput: { id: "${made.body.id}", update: { label: "Boss" } }) { id } }`,
    },
    { ...from, 'x-request-id': 'of-the-rename' },
  )
  await ask(`${gateway.url}/admin/workspaces/${client.workspace.id}/suspend`, 'POST', undefined, {
    ...{ authorization: `Bearer ${secret}`, ...from },
    'x-request-id': 'of-the-operator',
  })
  const answer = await read(`workspace=${client.workspace.id}`)
  t.is(answer.headers.get('content-type'), 'application/x-ndjson')
  const entries = entriesOf(answer.text)
  t.deepEqual(
    entries.map(({ action, actor, address, requestId }) => [
      action,
      actor?.kind,
      actor?.name,
      address,
      requestId,
    ]),
    [
      ['workspace.suspend', 'operator', NAME, '203.0.113.7', 'of-the-operator'],
      ['role.update', 'key', 'Key of Admin', '203.0.113.7', 'of-the-rename'],
      ['role.create', 'key', 'Key of Admin', '203.0.113.7', 'of-the-role'],
    ],
  )
  t.true(
    entries.every(
      ({ details, workspaceId }) => typeof details === 'object' && workspaceId === client.workspace.id,
    ),
  )
})

test('the log is filtered by workspace, actor, action and time, and read page by page', async (t) => {
  const client = await gateway.enter('Many')
  const { id } = client.workspace
  await pool.query(
    `insert into tenantry.audit (caller_name, api_key_id, action, workspace_id, at)
     select 'many ' || n % 2, $1, case when n % 3 = 0 then 'role.update' else 'role_x.y' end, $1, timestamptz '2090-01-01' + interval '1 second' * (n / 3)
     from generate_series(1, 1203) n`,
    [id],
  )
  const all = entriesOf((await read(`workspace=${id}`)).text)
  t.is(all.length, 1203)
  t.is(new Set(all.map((entry) => entry.id)).size, 1203)
  t.deepEqual(
    all.map(({ at }) => at),
    all
      .map(({ at }) => at)
      .sort()
      .reverse(),
  )
  t.is((await actionsOf(`workspace=${id}&action=role.*`)).length, 401)
  t.is((await actionsOf(`workspace=${id}&action=role_x.y`)).length, 802)
  t.is(
    (await actionsOf(`workspace=${client.workspace.subdomain}&actor=${encodeURIComponent('many 1')}`)).length,
    602,
  )
  t.is((await actionsOf(`actor=${id}&limit=700`)).length, 700)
  t.is((await actionsOf(`workspace=${id}&since=2090-01-01T00:01:00Z&until=2090-01-01T00:02:00Z`)).length, 180)
  t.is((await actionsOf(`workspace=${id}&until=7d`)).length, 0)
  // A dropped workspace has only its id.
  t.deepEqual(await actionsOf('workspace=0199a000-0000-7000-8000-000000000001'), [])
  for (const query of ['since=yesterday', 'limit=0', 'limit=x', 'frob=1', 'actor=a&actor=b'])
    t.is((await read(query)).status, 400, query)
  t.is((await read('workspace=unknown')).status, 404)
  const pages: number[] = []
  for await (const page of readAudit(pool, { workspaceIds: [id] })) pages.push(page.length)
  t.deepEqual(pages, [500, 500, 203])
})

test('a workspace reads its own entries, page by page, without the addresses of operators', async (t) => {
  const client = await gateway.enter('Own')
  const { id } = client.workspace
  await pool.query(
    `insert into tenantry.audit (caller_name, operator_name, action, workspace_id, address, at)
     select case when n < 60 then 'x' end, case when n = 60 then 'y' end, 'role.update', $1, '203.0.113.7', timestamptz '2090-01-01' + interval '1 second' * n
     from generate_series(1, 60) n`,
    [id],
  )
  const page = await client.get('/console/audit?action=role.*')
  t.is(page.body.entries.length, 50)
  t.like(page.body.entries[0], { actor: { kind: 'operator' }, address: null })
  t.like(page.body.entries[1], { actor: { kind: 'key' }, address: '203.0.113.7', workspaceId: id })
  const last = await client.get(`/console/audit?${new URLSearchParams({ after: page.body.next })}`)
  t.is(last.body.entries.length, 10)
  t.is(last.body.next, null)
  t.is((await client.get('/console/audit?after=x')).status, 400)
  t.is((await client.get('/console/audit?workspace=x')).status, 400)
  const clerk = await gateway.client(client.workspace, 'Member')
  t.is((await clerk.get('/console/audit')).status, 403)
})

test('the command prints lines for people and for programs', async (t) => {
  const client = await gateway.enter('Printed')
  await metadataOf(client).ask(`mutation { createOneRole(createRoleInput: { label: "Printed" }) { id } }`)
  const environment = { DATABASE_URL: gateway.database.ownerUrl, SECRET_KEY: gateway.database.secretKey }
  const print = async (...words: string[]): Promise<readonly string[]> => {
    const lines: string[] = []
    const faults: string[] = []
    await runCommand(environment, ['audit', ...words], {
      print: (line) => lines.push(line),
      complain: (line) => faults.push(line),
    })
    return [...lines, ...faults]
  }
  const filter = ['--workspace', client.workspace.id, '--action', 'role.create', '--limit', '5']
  const [line = '', ...others] = await print(...filter, '--json')
  t.deepEqual(others, [])
  t.like(JSON.parse(line), { action: 'role.create', actor: { kind: 'key', name: 'Key of Admin' } })
  const [text = ''] = await print(...filter)
  t.regex(text, / {2}role\.create {2}key Key of Admin {2}127\.0\.0\.1 {2}/)
  t.regex((await print('--since', 'x')).join(), /not a time/)
  t.deepEqual(await print('--workspace', client.workspace.id, '--actor', 'command line'), [])

  // Commands that change something are in it.
  const silent = { print: () => {}, complain: () => {} }
  await runCommand(environment, ['key', 'create', client.workspace.id, NAME], silent)
  await runCommand(environment, ['key', 'list', client.workspace.id], silent)
  await runCommand(environment, ['workspace', 'drop', client.workspace.id, '--yes'], silent)
  t.is(await runCommand(environment, ['workspace', 'drop', client.workspace.id, '--yes'], silent), 1)
  const recorded = entriesOf((await print('--workspace', client.workspace.id, '--json')).join('\n'))
  t.deepEqual(
    recorded.map(({ action }) => action),
    ['command.workspace.drop', 'command.key.create', 'role.create'],
  )
  t.regex(recorded[0]?.actor?.name ?? '', /^command line \(/)
  t.deepEqual(recorded[1]?.details.arguments, [client.workspace.id, NAME])
  for (const name of READING) t.true(COMMANDS.has(name), name)
})

test('refused tokens and failed sign-ins are one entry per address and minute', async (t) => {
  const from = { 'x-forwarded-for': '203.0.113.99' }
  const refuse = () =>
    ask(`${gateway.url}/rest/companies`, 'GET', undefined, { authorization: 'Bearer x', ...from })
  for (const _ of [1, 2, 3]) t.is((await refuse()).status, 401)
  t.is((await ask(`${gateway.url}/console/session`, 'POST', { operatorKey: 'x' }, from)).status, 401)
  // What is counted is written when the gateway ends.
  const other = await startTestGateway({ database: gateway.database, environment: { TRUSTED_PROXIES: '1' } })
  const minuteNow = () => Math.floor(Date.now() / 60_000)
  // Once more from another network where a minute ended in between.
  let networks = 0
  for (let minute = 0; minute !== minuteNow(); ) {
    networks += 1
    minute = minuteNow()
    for (const host of ['3::4', '5::6'])
      await ask(`${other.url}/admin/workspaces`, 'GET', undefined, {
        authorization: 'Bearer x',
        'x-forwarded-for': `2001:db8:1:${networks}:${host}`,
      })
  }
  const bound = await createOperatorKey(pool, 'bound', { networks: ['192.0.2.0/24'] })
  const elsewhere = { authorization: `Bearer ${bound.secret}`, 'x-forwarded-for': '203.0.113.98' }
  t.is((await ask(`${other.url}/admin/workspaces`, 'GET', undefined, elsewhere)).status, 403)
  await other.close()
  const [refused] = entriesOf((await read('action=address.refused')).text)
  t.like(refused, { actor: null, address: '203.0.113.98', details: { count: 1 } })
  const network = `2001:db8:1:${networks}::/64`
  const written = entriesOf((await read('action=token.refused')).text)
  t.deepEqual(
    written
      .filter(({ address }) => address === network)
      .map(({ actor, details, workspaceId }) => [actor, details.count, workspaceId]),
    [[null, 2, null]],
  )
})

test('failures are counted in bounded memory, and written when their minute is over', async (t) => {
  let now = Date.parse('2030-01-01T00:00:10Z')
  let isBroken = false
  const errors: unknown[] = []
  const written: CountedFailures[] = []
  const failures = createFailureLog({
    write: async (rows) => {
      if (isBroken) throw new Error('no database')
      written.push(...rows)
    },
    onError: (error) => errors.push(error),
    clock: () => now,
  })
  t.teardown(failures.close)
  for (let n = 0; n < MOST_COUNTS + 100; n += 1) failures.note(`10.0.${n >> 8}.${n & 255}`, 'token')
  failures.note('10.0.0.1', 'token')
  failures.note('10.0.0.1', 'signIn')
  await failures.flush()
  t.deepEqual(written, [])
  now += 60_000
  isBroken = true
  await failures.flush()
  t.is(errors.length, 1)
  isBroken = false
  await failures.flush()
  await failures.flush()
  const minute = new Date('2030-01-01T00:00:00Z')
  t.is(written.length, MOST_COUNTS + 2)
  t.deepEqual(
    written.filter(({ count, address }) => count > 1 || address === null),
    [
      { kind: 'token', address: '10.0.0.1', minute, count: 2 },
      { kind: 'token', address: null, minute, count: 100 },
      { kind: 'signIn', address: null, minute, count: 1 },
    ],
  )
})
