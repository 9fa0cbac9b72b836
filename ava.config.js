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

export default {
  files: ['test/**/*.test.ts'],
  extensions: ['ts'],
  concurrency: 4,
  timeout: '4m',
  sortTestFiles: (one, other) => rank(one) - rank(other) || (one < other ? -1 : 1),
  environmentVariables: { NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
}
