import { readFileSync } from 'node:fs'
import test from 'ava'

interface Locked {
  readonly dev?: boolean
  readonly link?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
}

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
const lock = read('../package-lock.json') as { readonly packages: Readonly<Record<string, Locked>> }

const MOST_PACKAGES = 150

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

test('the lock file names no registry', (t) => {
  t.false(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8').includes('://registry'))
})

test('the stubs stand in for the versions that PostGraphile wants', (t) => {
  for (const name of ['ruru', 'jsonwebtoken']) {
    const stub = lock.packages[`node_modules/${name}`]
    t.true(stub?.link, `${name} comes from the registry instead of stubs/`)
  }
})
