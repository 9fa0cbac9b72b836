import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { COMMANDS, runCommandLine } from '../../gateway/admin/run.ts'
import { readConfig } from '../../gateway/config.ts'
import { VERSION } from '../../gateway/version.ts'
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
  ] as const) {
    const { code, fault } = await run(given)
    t.is(code, 2)
    t.true(fault.includes(`Did you mean "${meant}"?`), fault)
  }
  t.regex((await run(['zzzzzzzzzzzz'])).fault, /There are: workspace create, /)
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
  t.regex(ok.out, /\/healthz answers 200$/)
  const admin = await patiently(['healthcheck', '--json'], { ADMIN_PORT: String(server.gateway.adminPort()) })
  t.like(JSON.parse(admin.out), { status: 200 })
  t.regex(JSON.parse(admin.out).url, /\/live$/)
  // A port that refuses: the discard service of no machine of today.
  const down = await run(['healthcheck'], { PORT: '9' })
  t.is(down.code, 1)
  t.regex(down.fault, /http:\/\/127\.0\.0\.1:9\/healthz does not answer/)
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
  t.regex((await run(['completion', 'toString'])).fault, /no completion for "toString"/)
})
