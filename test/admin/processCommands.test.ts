import { execFileSync } from 'node:child_process'
import test from 'ava'
import { COMMANDS, runCommandLine } from '../../gateway/admin/run.ts'
import { readConfig } from '../../gateway/config.ts'
import { VERSION } from '../../gateway/version.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'

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
  const ok = await run(['healthcheck'], { PORT: port })
  t.is(ok.code, 0, ok.fault)
  t.regex(ok.out, /\/healthz answers 200$/)
  const admin = await run(['healthcheck', '--json'], { ADMIN_PORT: String(server.gateway.adminPort()) })
  t.like(JSON.parse(admin.out), { status: 200 })
  t.regex(JSON.parse(admin.out).url, /\/live$/)
  // A port that refuses: the discard service of no machine of today.
  const down = await run(['healthcheck'], { PORT: '9' })
  t.is(down.code, 1)
  t.regex(down.fault, /http:\/\/127\.0\.0\.1:9\/healthz does not answer/)
  t.is((await run(['healthcheck'], { PORT: 'x' })).code, 1)
})

/** What bash offers after these words. */
const offered = (script: string, ...words: readonly string[]): readonly string[] =>
  execFileSync('bash', [
    '-c',
    `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tenantry; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    'tenantry',
    ...words,
  ])
    .toString()
    .trim()
    .split('\n')

test('bash completes every command, word by word, and its options', async (t) => {
  const { out: script } = await run(['completion', 'bash'])
  for (const [name, command] of COMMANDS) {
    const words = name.split(' ')
    for (const [at, word] of words.entries())
      t.true(offered(script, ...words.slice(0, at), word.slice(0, 2)).includes(word), name)
    const options = Object.keys(command.options ?? {}).map((option) => `--${option}`)
    t.deepEqual([...offered(script, ...words, 'argument', '--')].sort(), [...options, '--json'].sort(), name)
  }
  t.deepEqual(offered(script, 'st'), ['start'])
})

test('completion for zsh and fish exists, and for no other shell', async (t) => {
  t.regex((await run(['completion', 'zsh'])).out, /bashcompinit/)
  t.regex((await run(['completion', 'fish'])).out, /-a 'healthcheck'/)
  t.regex((await run(['completion', 'toString'])).fault, /no completion for "toString"/)
})
