import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { READING } from '../../gateway/admin/audit/commandAudit.ts'
import { COMMANDS } from '../../gateway/admin/run.ts'
import { runCommand } from '../../gateway/admin/terminal.ts'
import { createAuthenticator } from '../../gateway/auth/caller.ts'
import { createKeyring } from '../../gateway/auth/keyring.ts'
import { createMemberCallers } from '../../gateway/auth/members.ts'
import { openSigningKeys } from '../../gateway/auth/signing.ts'
import { createTokens } from '../../gateway/auth/token.ts'
import { redeemSignInLink } from '../../tenants/member/signIn.ts'
import { addMember } from '../support/console.ts'
import { openTestDatabase } from '../support/database.ts'
import { SECRET_KEY } from '../support/environment.ts'

const database = await openTestDatabase()
const { pool } = database
test.after.always(() => database.close())

const LAUNCHER = fileURLToPath(new URL('../../bin/tenantry.js', import.meta.url))

interface Outcome {
  readonly code: number
  readonly out: string
  readonly fault: string
}

/** As a process of its own, which takes a second. */
const launch = (environment: Readonly<Record<string, string>>, words: readonly string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '', HOME: tmpdir(), ...environment }
    execFile(process.execPath, [LAUNCHER, ...words], { env }, (error, out, fault) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, fault }),
    )
  })

const run = async (
  environment: Readonly<Record<string, string>>,
  words: readonly string[],
): Promise<Outcome> => {
  const lines = { out: '', fault: '' }
  const code = await runCommand(environment, words, {
    print: (line) => {
      lines.out += `${line}\n`
    },
    complain: (line) => {
      lines.fault += `${line}\n`
    },
  })
  return { code, ...lines }
}
const OURS = { DATABASE_URL: database.ownerUrl, SECRET_KEY }
const tenantry = (...words: string[]): Promise<Outcome> => run(OURS, words)
const json = async (...words: string[]) => {
  const { out, fault } = await tenantry(...words, '--json')
  return fault === '' ? JSON.parse(out) : JSON.parse(fault)
}

test('the launcher passes words, output, faults and exit codes on', async (t) => {
  t.like(await launch(OURS, ['workspace', 'list', '--search', 'nothing', '--json']), { code: 0, out: '[]\n' })
  const wrong = await launch(OURS, ['workspace', 'delete', 'x'])
  t.like(wrong, { code: 2, out: '' })
  t.regex(wrong.fault, /There are: workspace create, /)
  t.false(/^\s+at /m.test(wrong.fault), 'no stack')
})

test('makes operator keys with scopes', async (t) => {
  const made = await json(
    'operator',
    'key',
    'create',
    'feed',
    '--scope',
    'events, events:values',
    '--expires',
    '9d',
    '--networks',
    '192.0.2.7',
  )
  t.like(made, { name: 'feed', scopes: ['events', 'events:values'], networks: ['192.0.2.7/32'] })
  t.regex(
    await tenantry('operator', 'key', 'list').then(({ out, fault }) => out + fault),
    /feed +active +events,events:values +all +192\.0\.2\.7\/32 +2/,
  )
})

test('makes a workspace and a key whose token opens it', async (t) => {
  const workspace = await json('workspace', 'create', `O'Brien "x"`, '--subdomain', 'obrien')
  t.like(workspace, { name: `O'Brien "x"`, subdomain: 'obrien', status: 'active', hasStandardObjects: true })
  const made = await tenantry('key', 'create', 'obrien', 'for the test', '--role', 'guest', '--expires', '2d')
  t.is(made.code, 0, made.fault)
  const token = /^API key: (\S+)$/m.exec(made.out)?.[1]
  const tokens = createTokens(await openSigningKeys(pool, createKeyring(SECRET_KEY)))
  const { of: memberOf } = createMemberCallers({ pool, rateLimitPerMinute: 600 })
  const { authenticate } = createAuthenticator({ pool, tokens, memberOf, onError: () => {} })
  t.like(await authenticate(`Bearer ${token}`, { ip: '127.0.0.1' }), {
    workspaceId: workspace.id,
    name: 'for the test',
    roleLabel: 'Guest',
  })
  const [listed] = await json('key', 'list', 'obrien')
  t.like(listed, { name: 'for the test', revokedAt: null, networks: [] })
  const bound = await tenantry('key', 'create', 'obrien', 'office', '--networks', '10.0.0.0/8, 2001:db8::/32')
  t.regex(bound.out, /role Admin, networks 10\.0\.0\.0\/8, 2001:db8::\/32, until/)
  t.regex(
    (await tenantry('key', 'list', 'obrien')).out,
    /office +Admin +active +10\.0\.0\.0\/8,2001:db8::\/32 /,
  )
  t.regex((await tenantry('key', 'create', 'obrien', 'x', '--networks', 'office')).fault, /not a network/)
  t.false(JSON.stringify(listed).includes(String(token)))
  t.like(await json('key', 'revoke', listed.id), { id: listed.id })
  t.regex((await tenantry('key', 'list', workspace.id)).out, /revoked/)
})

test('lists, suspends, resumes, renames and drops', async (t) => {
  await json('workspace', 'create', 'Passing', '--demo')
  t.regex((await tenantry('workspace', 'list')).out, /^passing +Passing +active /m)
  t.like(await json('workspace', 'count', 'passing', 'estimated'), { countMode: 'estimated' })
  t.like(await json('workspace', 'count', 'passing', 'default'), { countMode: 'exact' })
  t.like(await json('workspace', 'suspend', 'passing'), { status: 'suspended' })
  t.like(await json('workspace', 'resume', 'passing'), { status: 'active' })
  t.like(await json('workspace', 'rename', 'passing', 'Gone soon'), {
    name: 'Gone soon',
    subdomain: 'passing',
  })
  const unsure = await tenantry('workspace', 'drop', 'passing')
  t.is(unsure.code, 2)
  t.regex(unsure.fault, /Nothing was removed.*--yes/)
  t.like(await json('workspace', 'drop', 'passing', '--yes'), { status: 'deleted' })
  const isListed = async (...options: string[]): Promise<boolean> =>
    (await json('workspace', 'list', ...options)).some(
      (each: { subdomain: string }) => each.subdomain === 'passing',
    )
  t.deepEqual([await isListed(), await isListed('--deleted')], [false, true])
  t.regex((await tenantry('workspace', 'list', '--deleted')).out, /^passing +Gone soon +w_/m)
  t.regex((await tenantry('workspace', 'drop', 'passing', '--yes')).fault, /already deleted.*\n.*--now/)
  const { rows: before } = await pool.query(`select * from tenantry.workspaces where subdomain = 'passing'`)
  const changes = [...COMMANDS].filter(
    ([name, command]) =>
      command.isLocal !== true && command.arguments[0] === 'workspace' && !READING.has(name),
  )
  t.true(changes.length > 15)
  for (const [name, command] of changes) {
    if (name === 'workspace drop' || name === 'workspace restore') continue
    const words = command.arguments.map((argument) => (argument === 'workspace' ? 'passing' : 'on'))
    t.regex((await tenantry(...name.split(' '), ...words)).fault, /Workspace "passing" is deleted/, name)
  }
  t.deepEqual(
    (await pool.query(`select * from tenantry.workspaces where subdomain = 'passing'`)).rows,
    before,
  )
  t.like(await json('workspace', 'restore', 'passing'), { status: 'active' })
  t.like(await json('workspace', 'restore', 'passing'), { error: { code: 'CONFLICT' } })
  t.like(await json('workspace', 'drop', 'passing', '--now', '--yes'), { keptPgRoles: [] })
  t.deepEqual([await isListed(), await isListed('--deleted')], [false, false])
  t.like(await json('workspace', 'restore', 'passing'), { error: { code: 'NOT_FOUND' } })
})

test('imports a script, and explains what is wrong with one', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-cli-'))
  t.teardown(() => rm(directory, { recursive: true }))
  const [good, bad] = [join(directory, 'good.sql'), join(directory, 'bad.sql')]
  await writeFile(good, 'create table "Ship" (id int primary key)')
  await writeFile(bad, 'create table x ();\ncreate tabel y ()')
  const { version } = await json('workspace', 'create', 'Fleet', '--empty')
  t.like(await json('workspace', 'adopt', 'fleet', good), { version: version + 1, hasStandardObjects: false })
  const failed = await tenantry('workspace', 'adopt', 'fleet', bad)
  t.is(failed.code, 1)
  t.regex(failed.fault, /^tenantry: The script fails \(line 2\): syntax error/)
  t.regex(
    (await tenantry('workspace', 'adopt', 'fleet', join(directory, 'none.sql'))).fault,
    /none\.sql cannot be read/,
  )
  t.regex(
    (await tenantry('model', 'diff', 'fleet', join(directory, 'none.json'))).fault,
    /none\.json cannot be read/,
  )
})

test('keeps names from rewriting the terminal', async (t) => {
  await tenantry('workspace', 'create', 'red \u001b[31m alert', '--empty')
  t.false((await tenantry('workspace', 'list')).out.includes('\u001b'))
})

const WRONG: readonly (readonly [words: readonly string[], code: number, fault: RegExp])[] = [
  [[], 2, /Usage: tenantry <command>/],
  [['frobnicate'], 2, /no command "frobnicate"/],
  [['workspace', 'delete', 'x'], 2, /There are: workspace create, /],
  [
    ['workspace', 'adopt', 'a', 'b', '--from-schema', 'x', '--from-schema', 'y'],
    2,
    /--from-schema is set twice/,
  ],
  [['workspace', 'create'], 2, /Usage: tenantry workspace create <name>/],
  [['workspace', 'create', 'a', 'b'], 2, /takes 1 argument\.\n/],
  [['workspace', 'list', 'a'], 2, /takes 0 arguments\.\n/],
  [['impersonate'], 2, /takes 1 or 2 arguments\.\n/],
  [['explain', 'a'], 2, /explain takes a request/],
  [['workspace', 'create', 'a', '--frob'], 2, /--frob/],
  [['workspace', 'create', 'a', '--empty', '--demo'], 2, /--demo needs/],
  [['workspace', 'create', ' '], 1, /1 to 200 characters/],
  [['workspace', 'create', 'a', '--subdomain', 'A b'], 1, /cannot be a subdomain/],
  [['workspace', 'suspend', 'nobody'], 1, /There is no workspace "nobody"/],
  [['key', 'create', 'nobody', 'k'], 1, /There is no workspace "nobody"/],
  [['key', 'create', 'nobody', 'k', '--expires', 'soon'], 2, /--expires takes/],
  [['key', 'create', 'nobody', 'k', '--expires', '2030-02-30'], 2, /--expires takes/],
  [['operator', 'key', 'create', 'k', '--expires', '2030-06-31T00:00:00Z'], 2, /--expires takes/],
  [['audit', '--since', '2026-02-30'], 1, /since "2026-02-30" is not a time/],
  [['audit', '--until', '2026-04-31T00:00:00Z'], 1, /is not a time/],
  [['workspace', 'limits', 'nobody', 'maxRecords=5,maxRecords=6'], 2, /maxRecords is set twice/],
  [['workspace', 'limits', 'nobody', 'maxRecord=5'], 1, /There is no limit "maxRecord"/],
  [['key', 'create', 'nobody', 'k', '--expires', '0d'], 1, /must be in the future/],
  [['key', 'revoke', 'x'], 1, /not the id of an API key/],
]
test('answers wrong usage with 2, failures with 1, and a sentence for either', async (t) => {
  for (const [words, code, fault] of WRONG) {
    const outcome = await tenantry(...words)
    t.is(outcome.code, code, words.join(' '))
    t.regex(outcome.fault, fault)
    t.is(outcome.out, '')
    t.false(/^\s+at /m.test(outcome.fault), 'no stack')
  }
})

test('helps', async (t) => {
  for (const words of [['--help'], ['help'], ['-h']])
    t.regex((await tenantry(...words)).out, /workspace create .*\n/)
  const { code, out } = await tenantry('workspace', 'drop', '--help')
  t.is(code, 0)
  t.regex(out, /^Usage: tenantry workspace drop <workspace> \[--now\] \[--yes\]/)
})

test('prints faults as JSON for scripts, and names the faults of the environment', async (t) => {
  t.deepEqual(await json('workspace', 'suspend', 'nobody'), {
    error: { code: 'NOT_FOUND', message: 'There is no workspace "nobody".' },
  })
  const misconfigured = await run({ DATABASE_URL: 'mysql://x', SECRET_KEY: 'short' }, ['workspace', 'list'])
  t.is(misconfigured.code, 1)
  t.regex(misconfigured.fault, /DATABASE_URL[\s\S]*SECRET_KEY/)
  const nobodyThere = await run({ DATABASE_URL: 'postgres://x@127.0.0.1:1/x', SECRET_KEY }, [
    'workspace',
    'list',
  ])
  t.is(nobodyThere.code, 1)
  t.regex(nobodyThere.fault, /ECONNREFUSED/)
  const directory = join(tmpdir(), `tenantry-no-secret-${process.pid}`)
  const withoutKey = await run({ DATABASE_URL: database.ownerUrl, DATA_DIR: directory }, [
    'workspace',
    'list',
  ])
  t.is(withoutKey.code, 1)
  t.regex(withoutKey.fault, /SECRET_KEY is not set, and .* has no secret key/)
  t.false(existsSync(directory), 'a command that changes nothing makes no key')
})

test('brings up the embedded Postgres for a command when nothing else is there, and takes it down again', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-cli-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const early = await launch({ DATA_DIR: directory }, ['workspace', 'create', 'Kept'])
  t.is(early.code, 1)
  t.regex(early.fault, /database is new[\s\S]*tenantry upgrade/)
  t.is((await launch({ DATA_DIR: directory }, ['upgrade'])).code, 0)
  const made = await launch({ DATA_DIR: directory }, ['workspace', 'create', 'Kept', '--json'])
  t.is(made.code, 0, made.fault)
  const listed = await launch({ DATA_DIR: directory }, ['workspace', 'list', '--json'])
  t.like(JSON.parse(listed.out)[0], { subdomain: 'kept' })
})

test('prints a sign-in link for a member, and asks which one if it is ambiguous', async (t) => {
  const workspace = await json('workspace', 'create', 'People')
  const nobody = await tenantry('sign-in', 'people')
  t.is(nobody.code, 1)
  t.regex(nobody.fault, /people has no members/)
  t.regex(nobody.fault, /npx tenantry member create people/)
  const made = await json('member', 'create', 'people', 'Ada King Byron', '--email', 'ada@example.com')
  t.like(made, { name: 'Ada King Byron', email: 'ada@example.com' })
  t.is((await tenantry('member', 'create', 'people', 'Ada', '--email', 'ada@example.com')).code, 1)
  t.is((await tenantry('member', 'create', 'people', ' ')).code, 1)
  t.is((await tenantry('member', 'create', 'people', 'x', '--role', 'Nobody')).code, 1)
  await addMember(pool, workspace.schemaName, ['Control', '\u001b[2J'])
  const second = await addMember(pool, workspace.schemaName, ['Grace', 'Hopper'])
  t.false((await tenantry('member', 'list', 'people')).out.includes('\u001b'))
  t.false((await tenantry('sign-in', 'people', 'control \u001b[2j')).out.includes('\u001b'))
  const { out } = await tenantry('sign-in', 'people')
  const secret = /^Console: http:\/\/127\.0\.0\.1:3000\/sign-in#(\S+)$/m.exec(out)?.[1] ?? ''
  t.like(await redeemSignInLink(pool, secret), { workspaceMemberId: made.id })
  const named = await json('sign-in', 'people', 'grace hopper')
  t.like(named, { workspaceMemberId: second, name: 'Grace Hopper' })
  await addMember(pool, workspace.schemaName, ['Grace', 'Hopper'])
  t.regex((await tenantry('sign-in', 'people', 'Grace Hopper')).fault, /several members named "Grace Hopper"/)
  t.regex((await tenantry('sign-in', 'people', 'Nobody')).fault, /has no member "Nobody"/)
  t.is((await tenantry('sign-in')).code, 2)
  t.is((await tenantry('sign-in', 'a', 'b', 'c')).code, 2)
})

test('a model goes from one workspace through a file to another', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-model-'))
  t.teardown(() => rm(directory, { recursive: true }))
  const file = join(directory, 'model.json')
  await json('workspace', 'create', 'From', '--subdomain', 'from')
  await json('workspace', 'create', 'To', '--subdomain', 'target', '--empty')
  const exported = await tenantry('model', 'export', 'from')
  t.is(exported.code, 0, exported.fault)
  await writeFile(file, exported.out)
  const dry = await tenantry('model', 'apply', 'target', file, '--dry-run')
  t.regex(dry.out, /CREATE_OBJECT +company/)
  t.regex(dry.out, /^create table/m)
  t.is((await json('model', 'apply', 'target', file)).changes.length, JSON.parse(exported.out).objects.length)
  t.is((await tenantry('model', 'diff', 'target', file)).out, 'No differences.\n')
  await writeFile(file, '{"format":"tenantry-model-1","objects":[]}')
  const refused = await tenantry('model', 'apply', 'target', file)
  t.is(refused.code, 1)
  t.regex(refused.fault, /DELETE_OBJECT company/)
  t.is((await json('model', 'apply', 'target', file, '--allow-destructive')).changes.length > 0, true)
})

test('lists are cut by --limit, continued by --after and searched by --search', async (t) => {
  for (const name of ['Cut one', 'Cut two', 'Cut three']) await json('workspace', 'create', name, '--empty')
  const first = await tenantry('workspace', 'list', '--search', 'CUT', '--limit', '2')
  const after = /^There are more: --after (\S+)$/m.exec(first.out)?.[1] ?? ''
  t.regex(first.out, /cut-one[\s\S]+cut-two/)
  t.false(first.out.includes('cut-three'))
  const rest = await json('workspace', 'list', '--search', 'cut', '--limit', '2', '--after', after)
  t.deepEqual(
    rest.map(({ name }: { name: string }) => name),
    ['Cut three'],
  )
  t.is((await json('workspace', 'list', '--search', 'cut')).length, 3)
  t.regex((await tenantry('role', 'list', 'cut-one', '--search', 'gue')).out, /Guest/)
  t.deepEqual(await json('member', 'list', 'cut-one', '--limit', '5'), [])
  for (const limit of ['0', '-1', '1000000', 'x'])
    t.regex(
      (await tenantry('workspace', 'list', `--limit=${limit}`)).fault,
      /--limit takes an integer from 1 to 1000/,
    )
  t.regex((await tenantry('workspace', 'list', '--limit', '5', '--after', 'x')).fault, /"x" is not an id/)
})

test('capture is turned on and off, restarted, and named where a table is in use', async (t) => {
  const { schemaName } = await json('workspace', 'create', 'Logged', '--empty')
  await pool.query(`create table "${schemaName}".deal (id int primary key)`)
  t.like(await json('events', 'on', 'logged'), { captures: true, isSettled: true, waiting: [] })
  const [deal] = await json('events', 'status', 'logged')
  t.like(deal, { table: 'deal', capture: 'on' })
  t.is((await json('events', 'on', 'logged', '--table', 'deal')).capturedSince, deal.since)
  const reset = await json('events', 'reset', 'logged')
  t.like(reset, { tables: 1, isSettled: true })
  t.true(Date.parse(reset.capturedSince) > Date.parse(deal.since))
  const writer = await pool.connect()
  await writer.query(`begin; insert into "${schemaName}".deal values (1)`)
  t.regex((await tenantry('events', 'reset', 'logged')).out, /In use, and settled within minutes: deal\./)
  await writer.query('rollback')
  writer.release()
})

for (const [closed, words] of [
  ['stdout', ['--help']],
  ['stderr', ['workspace', 'fly']],
] as const)
  test(`ends without a stack trace if the reader of its ${closed} has gone`, async (t) => {
    const child = spawn(process.execPath, [LAUNCHER, ...words], { stdio: 'pipe' })
    const ended = once(child, 'exit')
    // Before the command writes: it has yet to load.
    child[closed].destroy()
    const rest = text(closed === 'stdout' ? child.stderr : child.stdout)
    t.deepEqual([await ended, await rest], [[141, null], ''])
  })

test('with one Postgres, commands about nodes name what is missing', async (t) => {
  await json('workspace', 'create', 'Alone', '--empty')
  for (const words of [
    ['nodes', 'list'],
    ['nodes', 'prepare'],
    ['nodes', 'rebalance'],
    ['nodes', 'drain', 'a:5432'],
    ['workspace', 'move', 'alone', '--to', 'a:5432'],
  ]) {
    const { code, fault } = await tenantry(...words)
    t.is(code, 1, words.join(' '))
    t.regex(fault, /One Postgres holds all workspaces.+workers of a Citus cluster/s)
  }
})
