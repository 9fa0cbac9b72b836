// Every shell example of the README and of docs/ runs, in order, in one shell per document, against a product
// started as documented (one for all of them); an answer that follows an example is compared.

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { startGateway } from '../gateway/process.ts'
import { type Example, examplesOf, keepsPromise } from './markdown.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DOCUMENTED_URL = 'http://127.0.0.1:3000'
/**
 * What brings up the product and its tests: `.ci/run` runs them in a fresh clone, and this test runs inside
 * of them.
 */
const SET_UP = /^(?:npm (?:ci|start|test|run (?:check|bench|build))\b.*)$/

const isSetUp = ({ script }: Example): boolean => script.split('\n').every((line) => SET_UP.test(line))

const documents = [
  'README.md',
  ...(await readdir(join(ROOT, 'docs'), { recursive: true })).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'))

interface Outcome {
  readonly code: number
  readonly log: string
}

/** One shell for all: what one example sets, the next may use. Each leaves its output in a file. */
const scriptOf = (examples: readonly Example[], directory: string): string =>
  [
    'set -euo pipefail',
    // curl does not fail on a refusal; here it does, unless the document shows the refusal.
    'curl() { command curl --write-out "%{stderr}status %{http_code}\\n" "$@"; }',
    // npm takes longer to find the command than the command takes.
    `npx() { if [ "$1" = tenantry ]; then '${process.execPath}' bin/tenantry.js "\${@:2}"; else command npx "$@"; fi; }`,
    ...examples.map(({ script, line }) =>
      [`echo 'at line ${line}' >&2`, '{', script, `} > '${directory}/${line}'`].join('\n'),
    ),
  ].join('\n')

const runShell = (script: string, environment: Readonly<Record<string, string>>): Promise<Outcome> =>
  new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, ...environment }, timeout: 200_000 }
    execFile('bash', ['-c', script], options, (error, _, log) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), log }),
    )
  })

/** Lines of the examples that were refused. */
const refusedLines = (log: string): ReadonlySet<number> => {
  const refused = new Set<number>()
  let line = 0
  for (const text of log.split('\n')) {
    line = Number(/^at line (\d+)$/.exec(text)?.[1] ?? line)
    if (Number(/^status (\d+)$/.exec(text)?.[1] ?? 0) >= 400) refused.add(line)
  }
  return refused
}

const showsRefusal = ({ answer }: Example): boolean => answer !== null && /"statusCode"|"errors"/.test(answer)

const directory = await mkdtemp(join(tmpdir(), 'tenantry-docs-'))
const dataDir = join(directory, 'data')
const gateway = startGateway(
  { teardown: test.serial.after.always },
  { DATA_DIR: dataDir, API_RATE_LIMIT_PER_MINUTE: '10000' },
)
// After the gateway has taken its Postgres along.
test.serial.after.always(() => rm(directory, { recursive: true, force: true }))

for (const document of documents) {
  test.serial(`the examples of ${document} work as documented`, async (t) => {
    const markdown = await readFile(join(ROOT, document), 'utf8')
    const examples = examplesOf(markdown).filter((example) => !isSetUp(example))
    if (examples.length === 0) return t.pass('it shows nothing to run')
    const url = await gateway.url()
    const key = /^API key: (\S+)$/m.exec(gateway.stdout())?.[1] ?? ''
    const outputs = await mkdtemp(join(directory, 'outputs-'))
    const script = scriptOf(examples, outputs).replaceAll(DOCUMENTED_URL, url)
    const { code, log } = await runShell(script, { KEY: key, DATA_DIR: dataDir })
    t.is(code, 0, `${document} failed:\n${log}`)
    const refused = refusedLines(log)
    for (const example of examples) {
      const { line, answer } = example
      if (!showsRefusal(example)) t.false(refused.has(line), `${document}:${line} was refused:\n${log}`)
      if (answer === null) continue
      const output = await readFile(join(outputs, String(line)), 'utf8')
      const promise = answer.replaceAll(DOCUMENTED_URL, url)
      t.true(keepsPromise(output, promise), `${document}:${line} answered\n${output}\nand not\n${promise}`)
    }
  })
}
