import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import test from 'ava'
import { MAJORS } from './support/olderPostgres.ts'

interface Locked {
  readonly version?: string
  readonly dev?: boolean
  readonly link?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
}

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
const lock = read('../package-lock.json') as { readonly packages: Readonly<Record<string, Locked>> }

/** The number that there are. A new one is a decision: CONTRIBUTING.md names the reason of each. */
const MOST_PACKAGES = 138

const fits = (allowed: readonly string[] | undefined, value: string): boolean =>
  allowed === undefined || allowed.includes(value)

/** Paths of what `npm ci --omit=dev` installs on Linux x64. */
const installed = Object.entries(lock.packages)
  .filter(
    ([path, { dev, link, os, cpu }]) =>
      path.startsWith('node_modules/') && !dev && !link && fits(os, 'linux') && fits(cpu, 'x64'),
  )
  .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))

test(`a production install has at most ${MOST_PACKAGES} packages`, (t) => {
  t.log(`${installed.length} packages`)
  t.true(installed.length > 50, 'the lock file was not read')
  t.true(installed.length <= MOST_PACKAGES, installed.join(' '))
})

test('a production install has no part of a browser GUI', (t) => {
  const browser =
    /^(react|react-dom|graphiql|prettier|monaco-editor|vue|@graphiql\/|@radix-ui\/|@emotion\/|@mantine\/)/
  t.deepEqual(
    installed.filter((name) => browser.test(name)),
    [],
  )
})

const LOCKS = ['../package-lock.json', 'postgres/package-lock.json']

test('the lock files name no registry', (t) => {
  for (const path of LOCKS)
    t.false(readFileSync(new URL(path, import.meta.url), 'utf8').includes('://registry'), path)
})

test('the older Postgres servers are pinned, one for each major that is supported', (t) => {
  const { packages } = read('postgres/package-lock.json') as typeof lock
  const versions = MAJORS.map((major) => packages[`node_modules/postgres-${major}`]?.version ?? '')
  t.deepEqual(
    versions.map((version) => Number.parseInt(version, 10)),
    [...MAJORS],
  )
})

test('the stubs stand in for the versions that PostGraphile wants', (t) => {
  for (const name of ['ruru', 'jsonwebtoken', 'transliteration']) {
    const stub = lock.packages[`node_modules/${name}`]
    t.true(stub?.link, `${name} comes from the registry instead of stubs/`)
  }
})

const text = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test('a scheduled workflow audits the dependencies and makes an SBOM; CI asks no registry about either', (t) => {
  const workflow = text('../.github/workflows/supply-chain.yml')
  t.regex(workflow, /^on:\n {2}schedule: \[\{ cron: '[\d*/, -]+' \}\]$/m)
  t.regex(workflow, /^ {6}- run: npm audit --omit=dev --audit-level=moderate$/m)
  const [, command = '', file] =
    /^ {6}- run: npm (sbom [\w= -]+) > (\S+)\n {6}- uses: actions\/upload-artifact/m.exec(workflow) ?? []
  t.true(workflow.includes(`path: ${file} `))
  const made = execFileSync('npm', command.split(' '), { encoding: 'utf8', maxBuffer: 2 ** 26 })
  const sbom = JSON.parse(made) as { bomFormat: string; components: readonly { name: string }[] }
  t.is(sbom.bomFormat, 'CycloneDX')
  const names = new Set(sbom.components.map(({ name }) => name))
  t.deepEqual(
    ['koa', 'pg', 'jose', 'undici'].filter((name) => !names.has(name)),
    [],
  )
  t.false(names.has('typescript'))
  for (const path of ['../.ci/run', '../.github/workflows/ci.yml']) t.notRegex(text(path), /npm (audit|sbom)/)
})
