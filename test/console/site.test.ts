import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ConsoleBuilt } from '../../gateway/console/console.ts'
import { ask, startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts'

const directory = await mkdtemp(join(tmpdir(), 'tenantry-site-'))
const siteDirectory = join(directory, 'site')
await mkdir(join(siteDirectory, 'how-to'), { recursive: true })
for (const [name, text] of Object.entries({
  'index.html': '<h1>Overview</h1>',
  '404.html': '<h1>No such page</h1>',
  'rest.html': '<h1>REST</h1>',
  'rest.md': '# REST',
  'llms.txt': '# Tenantry',
  'how-to/upgrade.html': '<h1>Upgrade</h1>',
}))
  await writeFile(join(siteDirectory, name), text)

const pages: ConsoleBuilt = { directory: join(directory, 'console'), buildState: () => 'absent' }
let server: TestGateway

const startBeside = async (
  options: TestGatewayOptions,
  t: { teardown(work: () => Promise<void>): void },
): Promise<string> => {
  const other = await startTestGateway({ database: server.database, ...options })
  t.teardown(other.close)
  return other.url
}

test.before(async () => {
  server = await startTestGateway({ console: { ...pages, siteDirectory } })
})
test.after.always(async () => {
  await server?.close()
  await rm(directory, { recursive: true, force: true })
})

test('the built documentation is served at /docs under the policy of the console', async (t) => {
  const get = (path: string) => ask(server.url + path, 'GET', undefined, { accept: 'text/html' })
  t.true((await fetch(`${server.url}/docs`, { redirect: 'manual' })).headers.get('location') === '/docs/')
  for (const [path, text, type] of [
    ['/docs/', '<h1>Overview</h1>', 'text/html; charset=utf-8'],
    ['/docs/rest', '<h1>REST</h1>', 'text/html; charset=utf-8'],
    ['/docs/how-to/upgrade', '<h1>Upgrade</h1>', 'text/html; charset=utf-8'],
    ['/docs/rest.md', '# REST', 'text/markdown; charset=utf-8'],
    ['/docs/llms.txt', '# Tenantry', 'text/plain; charset=utf-8'],
  ] as const) {
    const answer = await get(path)
    t.is(answer.status, 200, path)
    t.is(answer.text, text)
    t.is(answer.headers.get('content-type'), type)
    t.regex(answer.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self';/)
  }
  for (const path of ['/docs/nothing', '/docs/how-to', '/docs/..%2frest.md'])
    t.is((await get(path)).status, 404, path)
  t.is((await get('/docs/nothing')).text, '<h1>No such page</h1>')
  t.is((await ask(`${server.url}/docs/`, 'POST', {})).status, 404)
})

test('without a build the documentation is a 404 that names the command', async (t) => {
  const console = { ...pages, siteDirectory: join(directory, 'missing') }
  const url = await startBeside({ console }, t)
  const answer = await ask(`${url}/docs/rest`, 'GET', undefined, { accept: 'text/html' })
  t.is(answer.status, 404)
  t.regex(answer.body.messages.join(' '), /npm run docs:site/)
})

test('DOCS=off serves no documentation, and /docs is never a page of the console', async (t) => {
  const url = await startBeside({ console: { ...pages, siteDirectory }, environment: { DOCS: 'off' } }, t)
  const answer = await ask(`${url}/docs/rest`, 'GET', undefined, { accept: 'text/html' })
  t.is(answer.status, 404)
  t.regex(answer.headers.get('content-type') ?? '', /json/)
})
