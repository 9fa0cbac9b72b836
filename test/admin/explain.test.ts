// Plans of requests for operators, over a real socket.

import { Writable } from 'node:stream'
import test from 'ava'
import pino from 'pino'
import { maskLiterals, maskPlan } from '../../gateway/admin/explain/mask.ts'
import { runCommand } from '../../gateway/admin/terminal.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { ask, type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const CANARY = `Canary O'Brien \\ "x" $$`
const NUMBER = 918273645

let logged = ''
const stream = new Writable({
  write: (chunk, _encoding, done) => {
    logged += String(chunk)
    done()
  },
})
const gateway = await startTestGateway({ log: pino({ level: 'debug' }, stream) })
const { pool } = gateway.gateway
const { secret: key } = await createOperatorKey(pool, 'dba', { scopes: ['statements'] })
const client: Client = await gateway.enter()
test.after.always(() => gateway.close())

const { workspace } = client
const schema = quoteIdentifier(workspace.schemaName)

const explain = async (body: unknown, secret = key) =>
  ask(`${gateway.url}/admin/workspaces/${workspace.id}/explain`, 'POST', body, {
    authorization: `Bearer ${secret}`,
  })

interface Shown {
  readonly field: string | null
  readonly kind: string
  readonly hasPlaceholders: boolean
}

const kindsOf = (statements: readonly Shown[]) =>
  statements.map(({ field, kind, hasPlaceholders }) => [field, kind, hasPlaceholders])

const count = async (table: string): Promise<number> =>
  Number((await pool.query(`select count(*) from ${schema}.${table}`)).rows[0].count)

test.serial('a read is planned, and runs only under analyze', async (t) => {
  const request = { method: 'GET', path: '/rest/companies?filter=name[eq]:Cedar&order_by=createdAt&limit=3' }
  const { status, body } = await explain({ request })
  t.is(status, 200)
  t.like(body, { isAnalyzed: false, omitted: 0, role: { label: 'Admin' } })
  const [planned] = body.statements
  t.like(planned, { field: null, kind: 'read', hasPlaceholders: false, executionMs: null, error: null })
  t.true(planned.sql.includes(`from ${schema}."company"`))
  t.is(typeof planned.planningMs, 'number')
  const analyzed = (await explain({ request, analyze: true })).body.statements[0]
  t.is(typeof analyzed.executionMs, 'number')
  t.true('Actual Rows' in analyzed.plan.Plan)
  t.false('Actual Rows' in planned.plan.Plan)
  const { rows } = await pool.query(
    `select operator_name, details from tenantry.audit where action = 'workspace.explain' and workspace_id = $1 and (details ->> 'analyze')::boolean`,
    [workspace.id],
  )
  t.deepEqual(rows[0], {
    operator_name: 'dba',
    details: { role: 'Admin', analyze: true, statements: 1, protocol: 'rest' },
  })
})

test.serial('writes are planned and never run, with the statement that reads what they wrote', async (t) => {
  const people = await count('person')
  const create = { method: 'POST', path: '/rest/companies?depth=1', body: { name: 'Never' } }
  const { status, body } = await explain({ request: create })
  t.is(status, 200)
  t.is(body.statements[0].kind, 'write')
  t.is(body.statements[0].error, null)
  t.regex(JSON.stringify(body.statements[0].plan), /"Operation":"Insert"/)
  const batch = { method: 'POST', path: '/rest/batch/people?on_error=continue', body: [{}, {}] }
  t.is((await explain({ request: batch })).body.statements.length, 2)
  const removal = { method: 'DELETE', path: '/rest/companies?filter=name[neq]:x' }
  t.is((await explain({ request: removal })).body.statements[0].kind, 'write')
  const behind = `mutation { createPerson(data: { companyId: "019bea82-ad18-7000-8000-000000000000" }) { company { people { totalCount } } } }`
  t.deepEqual(kindsOf((await explain({ query: behind })).body.statements), [
    ['createPerson', 'write', false],
    ['createPerson', 'read', true],
  ])
  t.is(await count('company'), 0)
  t.is(await count('person'), people)
})

test.serial('analyze is refused for writes, by what is compiled and not by the method', async (t) => {
  const create = { method: 'POST', path: '/rest/companies', body: { name: 'Never' } }
  const refused = await explain({ request: create, analyze: true })
  t.is(refused.status, 400)
  t.regex(refused.text, /analyze would run it/)
  const mutation = 'mutation { createCompany(data: { name: "Never" }) { id } }'
  t.is((await explain({ query: mutation, analyze: true })).status, 400)
  const duplicates = { method: 'POST', path: '/rest/companies/duplicates', body: { data: [{ name: 'a' }] } }
  const read = await explain({ request: duplicates, analyze: true })
  t.is(read.status, 200)
  t.like(read.body.statements[0], { kind: 'read', error: null })
  t.is(await count('company'), 0)
})

test.serial('variables that do not fit the document are a fault of the input', async (t) => {
  const query =
    'query ($first: Int!, $id: UUID) { companies(first: $first, filter: { id: { eq: $id } }) { totalCount } }'
  for (const [variables, message] of [
    [{ first: 'x' }, /Int cannot represent non-integer value/],
    [{ first: 1, id: 'x' }, /Invalid UUID/],
    [{}, /was not provided/],
  ] as const) {
    const { status, text } = await explain({ query, variables })
    t.is(status, 400, text)
    t.regex(text, message)
  }
})

test.serial('each statement of a document has its root field', async (t) => {
  const query = `query ($name: String) { one: companies(first: 1, filter: { name: { eq: $name } }) { totalCount }
    people { edges { node { id } } } __typename }`
  const { body } = await explain({ query, variables: { name: 'x' }, analyze: true })
  t.deepEqual(kindsOf(body.statements), [
    ['one', 'read', false],
    ['people', 'read', false],
  ])
})

test.serial('a function that writes runs read-only under analyze, and is rolled back', async (t) => {
  await pool.query(
    `create function ${schema}.poke() returns int language plpgsql volatile security definer as $$ begin insert into ${schema}.company (name) values ('poked'); return 1; end $$;
     create function ${schema}.peek() returns int language plpgsql stable security definer as $$ begin return ${schema}.poke(); end $$`,
  )
  await until('the function is a field', async () => (await client.graphql('{ peek }')).status === 200)
  const before = await count('company')
  const { body } = await explain({ query: '{ peek }', analyze: true })
  t.deepEqual(kindsOf(body.statements), [['peek', 'read', false]])
  t.is(body.statements[0].error.sqlstate, '25006')
  t.is(await count('company'), before)
})

test.serial('a client that has gone leaves the statements that did not run yet', async (t) => {
  const waiting = (name: string, lock: number) =>
    `create function ${schema}.${name}() returns int language plpgsql stable as $$ begin perform pg_catalog.pg_advisory_xact_lock(${lock}); return 1; end $$`
  await pool.query([waiting('first_wait', 471101), waiting('second_wait', 471102)].join(';'))
  await until('the functions are fields', async () =>
    (await client.graphql('{ __type(name: "Query") { fields { name } } }')).text.includes('secondWait'),
  )
  const holder = await pool.connect()
  const running = async (name: string): Promise<boolean> => {
    const sql = `select from pg_stat_activity where query like $1 and datname = current_database()`
    return (await pool.query(sql, [`explain %${name}%`])).rowCount !== 0
  }
  try {
    await holder.query('select pg_advisory_lock(471101), pg_advisory_lock(471102)')
    const gone = new AbortController()
    const asked = fetch(`${gateway.url}/admin/workspaces/${workspace.id}/explain`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ firstWait secondWait }', analyze: true }),
      signal: gone.signal,
    })
    await until('the first one runs', () => running('first_wait'))
    gone.abort()
    await t.throwsAsync(asked)
    await holder.query('select pg_advisory_unlock(471101)')
    // The second one would wait on the connection of the first one.
    await until('the connection is closed', async () => {
      if (await running('second_wait')) t.fail('The second statement runs.')
      return !(await running('first_wait'))
    })
    t.false(await running('second_wait'))
  } finally {
    await holder.query('select pg_advisory_unlock_all()')
    holder.release()
  }
})

test.serial('no value is in the answer, the log or the audit', async (t) => {
  const filter = encodeURIComponent(`and(name[eq]:${JSON.stringify(CANARY)},position[gt]:${NUMBER})`)
  const document = `query ($name: String) { companies(filter: { name: { ilike: $name }, position: { in: [${NUMBER}] } }) { totalCount } }`
  const invalid = { method: 'PATCH', path: '/rest/companies/019bea82-ad18-7000-8000-000000000000' }
  const asked = [
    { request: { path: `/rest/companies?filter=${filter}` }, analyze: true },
    { query: document, variables: { name: CANARY }, analyze: true },
    { request: { ...invalid, body: { name: CANARY, position: NUMBER } } },
    { request: { method: 'POST', path: '/rest/companies', body: { name: CANARY, position: NUMBER } } },
  ]
  for (const each of asked) {
    const { status, text, body } = await explain(each)
    t.is(status, 200, text)
    t.is(body.statements[0].error, null)
    t.notRegex(text, /Canary|O'Brien \\|918273645/)
  }
  const plan = (await explain(asked[0])).text
  t.regex(plan, /"Filter":"[^{}]*name = \?::text/)
  const { rows } = await pool.query('select details::text from tenantry.audit')
  for (const { details } of rows) t.notRegex(details, /Canary|918273645/)
  t.true(logged.includes('explain'))
  t.notRegex(logged, /Canary|918273645/)
})

test('literals are found by the rules of SQL', (t) => {
  for (const [sql, masked] of [
    [`(name = 'it''s'::text) AND "it's 5" = E'a\\'b'`, `(name = ?::text) AND "it's 5" = ?`],
    ['x = $1 and y > 1.5e-3 and col2 < .5 and z = 0xFF', 'x = $1 and y > ? and col2 < ? and z = ?'],
    ['$$a b$$ || $t$ $$ $t$ || b', '? || ? || b'],
    [`U&'d\\0061t' <> B'101' -- secret`, '? <> ? ?'],
    ['/* a /* b */ c */ (SubPlan 2) + (InitPlan 1).col1', '? (SubPlan 2) + (InitPlan 1).col1'],
    ['a = true AND (b IS NOT TRUE) AND c IS NULL', 'a = ? AND (b IS NOT TRUE) AND c IS NULL'],
    [`'without an end`, '?'],
  ] as const)
    t.is(maskLiterals(sql), masked)
  const node = { 'Relation Name': "O'Brien 5", Filter: "(a = 'x')", 'Sort Key': ['b', '(5)'], Rows: 5 }
  t.deepEqual(maskPlan(node), {
    ...{ 'Relation Name': "O'Brien 5", Filter: '(a = ?)', 'Sort Key': ['b', '(?)'], Rows: 5 },
  })
})

test.serial('a role has its record rules in the plan', async (t) => {
  const all = { canReadAllObjectRecords: true, canBeAssignedToApiKeys: true }
  const role = await createRole(pool, workspace.id, { label: `O'Brien's "own"; --`, ...all })
  await upsertRowRules(pool, workspace.id, role.id, 'company', {
    rules: [{ column: 'name', operand: 'CONTAINS', value: 'Mine' }],
    groups: [],
  })
  const request = { path: '/rest/companies' }
  const own = await explain({ request, role: role.id, analyze: true })
  t.is(own.status, 200, own.text)
  t.like(own.body, { role: { label: role.label } })
  const filters = JSON.stringify(own.body.statements.map(({ plan }: { plan: unknown }) => plan))
  t.regex(filters, /Filter[^}]*name/)
  t.notRegex(own.text, /Mine/)
  t.notRegex((await explain({ request })).text, /Filter[^}]*"[^"]*name/)
  const write = { method: 'POST', path: '/rest/companies', body: { name: 'x' } }
  t.is((await explain({ request: write, role: role.label })).status, 400)
})

test.serial('bad input is a 400 before anything runs', async (t) => {
  const request = { path: '/rest/companies' }
  for (const [body, message] of [
    [{}, /one of request and query/],
    [{ request, query: '{ companies { totalCount } }' }, /one of request and query/],
    [{ request, shell: 'x' }, /Unknown property/],
    [{ request, variables: {} }, /belong to query/],
    [{ request, role: 'Missing' }, /no role/],
    [{ request: { path: '/rest/nothings' } }, /object 'nothings' not found/],
    [{ request: { path: '/metadata' } }, /Valid examples/],
    [{ request: { method: 'BREW', path: '/rest/companies' } }, /must be one of/],
    [{ request: { path: '/rest/companies?filter=name[like' } }, /refused/],
    [{ request: { path: '/rest/companies/019bea82-ad18-7000-8000-000000000000/history' } }, /history/],
    [{ query: '{ companies {' }, /Syntax Error/],
    [{ query: '{ nothings { id } }' }, /Cannot query field/],
    [{ query: 'query ($n: Int!) { companies(first: $n) { totalCount } }' }, /\$n/],
  ] as const) {
    const { status, text } = await explain(body)
    t.is(status, 400, text)
    t.regex(text, message)
  }
  const { secret } = await createOperatorKey(pool, 'reader', { scopes: ['read'] })
  t.is((await explain({ request }, secret)).status, 403)
  t.is((await explain({ request }, client.token)).status, 401)
})

test.serial('the command prints plans', async (t) => {
  const run = async (...words: string[]) => {
    const lines: string[] = []
    const environment = { OPERATOR_KEY: key }
    const code = await runCommand(environment, ['explain', workspace.id, ...words, '--url', gateway.url], {
      print: (line) => lines.push(line),
      complain: (line) => lines.push(line),
    })
    return { code, out: lines.join('\n') }
  }
  const list = await run('GET /rest/companies?limit=1', '--analyze')
  t.is(list.code, 0, list.out)
  t.regex(list.out, /^read, planned in [\d.]+ ms, ran [\d.]+ ms\n.*from .*"company".*\n/)
  const write = await run('POST /rest/companies', '--body', '{"name":"x"}')
  t.regex(write.out, /^write, planned in/)
  t.regex(write.out, /Insert company/)
  t.regex((await run('--query', '{ companies { totalCount } }')).out, /^companies: read/)
  t.is((await run('/rest/companies', '--body', 'x')).code, 1)
  const usage = 2
  t.is((await run('/rest/companies', '--variables', '{}')).code, usage)
  t.is((await run('--query', '{ companies { totalCount } }', '--body', '{}')).code, usage)
})
