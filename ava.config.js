import { readdirSync } from 'node:fs'

/** Files that take longest come first, so that no worker is left alone with one at the end. */
const LONGEST = [
  '/test/image/',
  '/test/schemas/',
  '/test/console/',
  '/test/docs/',
  '/test/admin/',
  '/test/attack/',
  '/test/metadata/',
  '/test/sql/',
  '/test/query/',
]

const rank = (file) => {
  const at = LONGEST.findIndex((folder) => file.replaceAll('\\', '/').includes(folder))
  return at === -1 ? LONGEST.length : at
}

/** Their files take most of the time of a run. */
const SLOW = [
  'test/admin',
  'test/auth',
  'test/changes',
  'test/console',
  'test/contract',
  'test/gateway',
  'test/graphql',
  'test/image',
  'test/metadata',
  'test/model',
  'test/query',
  'test/rest',
  'test/roundtrip',
  'test/sql',
  'test/tenants',
  'test/webhooks',
]

const PARTS = 3

/**
 * `TEST_PART=0`, `1` and `2` run a third of the files of the slow folders each. `.ci/run` sets it, because two cores
 * do not run all of them in time.
 * @returns patterns that leave out the other parts
 */
const otherParts = (part) =>
  SLOW.flatMap((folder) =>
    readdirSync(new URL(folder, import.meta.url), { recursive: true })
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .filter((_, index) => String(index % PARTS) !== part)
      .map((name) => `!${folder}/${name.replaceAll('\\', '/')}`),
  )

const part = process.env.TEST_PART ?? ''

export default {
  files: ['test/**/*.test.ts', ...(part === '' ? [] : otherParts(part))],
  extensions: ['ts'],
  concurrency: 4,
  timeout: '4m',
  sortTestFiles: (one, other) => rank(one) - rank(other) || (one < other ? -1 : 1),
  environmentVariables: { NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
}
