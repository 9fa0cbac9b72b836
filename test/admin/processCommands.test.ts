import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { COMMANDS, runCommandLine } from '../../gateway/admin/run.ts'
import { readConfig } from '../../gateway/config.ts'
import { createStatements } from '../../gateway/observe/statements.ts'
import { VERSION } from '../../gateway/version.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { newUuid } from '../../tenants/uuid.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

let server: TestGateway
test.before(async () => {
  server = await startTestGateway({ environment: { ADMIN_PORT: '0' } })
})
test.after.always(() => server?.close())

const run = async (words: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
  const out: string[] = []
  const faults: string[] = []
  const code = await runCommandLine(words, {
    print: (line) => void out.push(line),
    complain: (line) => void faults.push(line),
    readConfig: async () => readConfig(environment),
    withSession: () => Promise.reject(new Error('it opened the database')),
  })
  return { code, out: out.join('\n'), fault: faults.join('\n') }
}

test('prints its version', async (t) => {
  t.deepEqual(await run(['--version']), { code: 0, out: `tenantry ${VERSION}`, fault: '' })
})

test('suggests the command that was meant', async (t) => {
  for (const [given, meant] of [
    [['workspaces', 'list'], 'workspace list'],
    [['key', 'craete'], 'key create'],
    [['operator', 'key', 'lst'], 'operator key list'],
    [['strat'], 'start'],
    [['worksapce'], 'workspace'],
  ] as const) {
    const { code, fault } = await run(given)
    t.is(code, 2)
    t.true(fault.includes(`Did you mean "${meant}"?`), fault)
  }
  t.regex((await run(['zzzzzzzzzzzz'])).fault, /There are: workspace create, /)
  const { code, fault } = await run(['top', '--bye', 'time'])
  t.is(code, 2)
  t.regex(fault, /There is no option --bye\. Did you mean --by\?\nUsage: tenantry top /)
  t.regex((await run(['top', '--zzzzzz'])).fault, /There is no option --zzzzzz\.\nUsage: /)
})

test('healthcheck asks the admin port, or the port where there is none', async (t) => {
  const port = new URL(server.url).port
  // A busy machine may take longer than a health check waits.
  const patiently = async (...words: Parameters<typeof run>) => {
    let answer = await run(...words)
    await until('it answers', async () => {
      if (answer.code !== 0) answer = await run(...words)
      return answer.code === 0
    })
    return answer
  }
  const ok = await patiently(['healthcheck'], { PORT: port })
  t.regex(ok.out, /\/healthz returned 200$/)
  const admin = await patiently(['healthcheck', '--json'], { ADMIN_PORT: String(server.gateway.adminPort()) })
  t.like(JSON.parse(admin.out), { status: 200 })
  t.regex(JSON.parse(admin.out).url, /\/live$/)
  // A port that refuses: the discard service of no machine of today.
  const down = await run(['healthcheck'], { PORT: '9' })
  t.is(down.code, 1)
  t.regex(down.fault, /http:\/\/127\.0\.0\.1:9\/healthz does not respond/)
  t.is((await run(['healthcheck'], { PORT: 'x' })).code, 1)
})

/** What bash offers after each of these lists of words. */
const offered = async (
  script: string,
  lines: readonly (readonly string[])[],
): Promise<readonly (readonly string[])[]> => {
  const ask = (words: readonly string[]): string =>
    `COMP_WORDS=(tenantry ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _tenantry; echo "\${COMPREPLY[*]}"`
  const { stdout } = await promisify(execFile)('bash', ['-c', [script, ...lines.map(ask)].join('\n')])
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
}

test('bash completes every command, word by word, and its options', async (t) => {
  const { out: script } = await run(['completion', 'bash'])
  const commands = [...COMMANDS].map(([name, command]) => ({
    words: name.split(' '),
    options: [...Object.keys(command.options ?? {}).map((option) => `--${option}`), '--json'].sort(),
  }))
  const begun = commands.flatMap(({ words }) =>
    words.map((word, at) => [...words.slice(0, at), word.slice(0, 2)]),
  )
  const answers = await offered(script, [...begun, ['st']])
  for (const [at, word] of commands.flatMap(({ words }) => words).entries())
    t.true(answers[at]?.includes(word), `${begun[at]} ${answers[at]}`)
  t.deepEqual(answers.at(-1), ['start'])
  const ends = await offered(
    script,
    commands.map(({ words }) => [...words, 'argument', '--']),
  )
  for (const [at, { words, options }] of commands.entries())
    t.deepEqual([...(ends[at] ?? [])].sort(), options, words.join(' '))
})

test('completion for zsh and fish exists, and for no other shell', async (t) => {
  t.regex((await run(['completion', 'zsh'])).out, /bashcompinit/)
  t.regex((await run(['completion', 'fish'])).out, /-a 'healthcheck'/)
  t.regex((await run(['completion', 'toString'])).fault, /not available for "toString"/)
})

/** The operator's side of the gateway, by its command line. */
const operatorOf = async (name: string, url = server.url) => {
  const { secret } = await createOperatorKey(server.gateway.pool, name)
  const environment = { PORT: new URL(url).port, OPERATOR_KEY: secret }
  return (...words: string[]) => run([...words, '--json'], environment)
}

type Operate = Awaited<ReturnType<typeof operatorOf>>

interface Listed {
  readonly pid: number
  readonly backendStart: string
  readonly startedAt: string
  readonly requestId: string | null
  readonly blockedBy: readonly number[]
  readonly waitEvent: string | null
}

const listedBy = async (operate: Operate, fits: (each: Listed) => boolean): Promise<Listed> => {
  let found: Listed | undefined
  await until('the statement is listed', async () => {
    found = JSON.parse((await operate('ps')).out).statements.find(fits)
    return found !== undefined
  })
  if (found === undefined) throw new Error('It is not listed.')
  return found
}

test('ps names the caller and the request behind a statement, and cancel ends that one alone', async (t) => {
  const operate = await operatorOf('of statements')
  const client = await server.enter('Blocked')
  // Reading the catalog would wait for the lock, too.
  t.is((await client.get('/rest/companies')).status, 200)
  const { pool } = server.gateway
  const locker = await pool.connect()
  try {
    await locker.query(`begin; lock table "${client.workspace.schemaName}"."company"`)
    const { rows } = await locker.query('select pg_backend_pid() as pid')
    const waiting = client.request('GET', '/rest/companies', undefined, { 'x-request-id': 'blocked-1' })
    const listed = await listedBy(
      operate,
      ({ requestId, blockedBy }) => requestId === 'blocked-1' && blockedBy.length > 0,
    )
    t.like(listed, {
      kind: 'request',
      operation: 'SELECT',
      state: 'active',
      waitEvent: 'Lock:relation',
      blockedBy: [rows[0].pid],
      workspace: { id: client.workspace.id, subdomain: client.workspace.subdomain },
      workspaceMemberId: null,
    })
    const { pid, backendStart } = listed
    // Each part of the name must fit.
    for (const wrong of [
      [String(pid), backendStart, 'blocked-2'],
      [String(pid + 1), backendStart, 'blocked-1'],
      [String(pid), backendStart.replace(/\d{4}/, '1999'), 'blocked-1'],
      [String(pid), backendStart, '2026-01-01T00:00:00.000000Z'],
    ])
      t.regex((await operate('cancel', ...wrong)).fault, /returned 409: Backend \d+ no longer runs/)
    // A request of another workspace, as a gateway knows it while an answer is on the way, is not cancelled.
    const running = (workspace: string, requestId: string) => {
      const claims = JSON.stringify({ requestId })
      const session = {
        workspace,
        claims,
        schema: 's',
        role: 'r',
        version: 1,
        timeoutMs: 1,
        maxLongStatements: 1,
      }
      return [{ pid, session }]
    }
    const name = { pid, backendStart, requestId: 'answered' }
    for (const answers of [
      [running(newUuid(), 'answered')],
      [running(client.workspace.id, 'answered'), running(client.workspace.id, 'blocked-1')],
    ]) {
      const statements = createStatements(() => answers.shift() ?? [])
      await t.throwsAsync(
        statements.cancel(pool, name, () => {}),
        { message: /no longer runs/ },
      )
    }
    t.is((await operate('cancel', String(pid), backendStart, 'blocked-1')).fault, '')
    t.is((await waiting).status, 504)
    t.regex((await operate('cancel', String(pid), backendStart, 'blocked-1')).fault, /409/)
    const audited = await pool.query(
      `select workspace_id as "workspaceId", details ->> 'requestId' as "requestId" from tenantry.audit
       where action = 'statement.cancel' and workspace_id is not null`,
    )
    t.deepEqual(audited.rows, [{ workspaceId: client.workspace.id, requestId: 'blocked-1' }])
  } finally {
    await locker.query('rollback')
    locker.release()
  }
})

test('statements of the owner are named by their start, and show no text', async (t) => {
  const operate = await operatorOf('of the owner')
  const sleeping = t.throwsAsync(server.gateway.pool.query("select pg_sleep(600) /* 'a value' */"))
  const listed = await listedBy(operate, ({ waitEvent }) => waitEvent === 'Timeout:PgSleep')
  t.like(listed, { kind: 'owner', operation: 'SELECT', statement: null, workspace: null })
  const { pid, backendStart, startedAt } = listed
  t.is((await operate('cancel', String(pid), backendStart, startedAt)).fault, '')
  t.regex((await sleeping)?.message ?? '', /canceling statement due to user request/)
})

test('top names the workspaces that cost most', async (t) => {
  const operate = await operatorOf('of the top')
  const client = await server.enter('Heavy')
  await client.request('POST', '/rest/companies', { name: 'Acme' })
  for (let round = 0; round < 30; round += 1) await client.get('/rest/companies?limit=1')
  await client.get('/rest/nothing')
  const mine = async (...words: string[]) =>
    JSON.parse((await operate('top', ...words)).out).workspaces.find(
      ({ workspaceId }: { readonly workspaceId: string }) => workspaceId === client.workspace.id,
    )
  t.like(await mine('--by', 'requests', '--minutes', '5'), {
    subdomain: client.workspace.subdomain,
    name: 'Heavy',
    requests: 32,
    errors: 1,
    excess: 0,
  })
  t.true((await mine()).rows >= 30)
  t.regex((await operate('top', '--by', 'name')).fault, /400: by 'name' is invalid. Should be one of time,/)
  t.regex((await operate('top', '--minutes', '2')).fault, /400: minutes '2' is invalid/)
})

test('errors name the wrong argument or key', async (t) => {
  const operate = await operatorOf('careless')
  t.regex((await operate('cancel', 'x', 'y', 'z')).fault, /400: pid must be the process id/)
  t.regex((await operate('cancel', '1', 'yesterday', 'z')).fault, /400: backendStart must be a time/)
  const without = await run(['ps'], { PORT: new URL(server.url).port })
  t.regex(without.fault, /OPERATOR_KEY is not set/)
  const wrong = await run(['ps'], { PORT: new URL(server.url).port, OPERATOR_KEY: 'tenantry_operator_wrong' })
  t.regex(wrong.fault, /returned 401: Not an operator key/)
})
