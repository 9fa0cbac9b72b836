import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import test from 'ava'
import type { BuildState } from '../../gateway/console/build.ts'
import { sendRaw } from '../gateway/serve.ts'
import { startTestGateway } from '../support/gateway.ts'

const SCRIPT = `console.log('${'x'.repeat(2000)}')`
const PAGE = '<!doctype html><title>The console</title>'

const root = await mkdtemp(join(tmpdir(), 'tenantry-console-'))
const directory = join(root, 'dist')
await writeFile(join(root, 'secret.txt'), 'nobody may read this')

const build = async (page = PAGE): Promise<void> => {
  await mkdir(join(directory, 'assets'), { recursive: true })
  const script = join(directory, 'assets', 'index-abc.js')
  await writeFile(script, SCRIPT)
  await writeFile(`${script}.br`, brotliCompressSync(SCRIPT))
  await writeFile(`${script}.gz`, gzipSync(SCRIPT))
  await writeFile(join(directory, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(directory, 'index.html'), page)
}

let buildState: BuildState = 'absent'
const gateway = await startTestGateway({ console: { directory, buildState: () => buildState } })
const headless = await startTestGateway({
  database: gateway.database,
  environment: { CONSOLE: 'off' },
  console: { directory, buildState: () => 'absent' },
})
test.after.always(async () => {
  await headless.close()
  await gateway.close()
  await rm(root, { recursive: true, force: true })
})
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const open = (path: string, headers: Record<string, string> = HTML, method = 'GET') =>
  fetch(gateway.url + path, { method, headers, redirect: 'manual' })

test.serial('without a build, a page reports its state and reloads', async (t) => {
  const absent = await open('/')
  t.is(absent.status, 503)
  t.regex(await absent.text(), /npm run build/)
  buildState = 'building'
  const building = await open('/roles')
  t.is(building.status, 503)
  t.is(building.headers.get('retry-after'), '2')
  const notice = await building.text()
  t.regex(notice, /being built/)
  t.notRegex(notice, /http-equiv/, 'a refresh loads nothing where the address has a fragment')
  const script = /<script>([\s\S]*)<\/script>/.exec(notice)?.[1] ?? ''
  const hash = createHash('sha256').update(script).digest('base64')
  t.regex(building.headers.get('content-security-policy') ?? '', /^default-src 'none'; /)
  t.true(building.headers.get('content-security-policy')?.includes(`script-src 'sha256-${hash}';`))
  buildState = 'failed'
  t.regex(await (await open('/')).text(), /build failed/)
  buildState = 'absent'
  t.is((await open('/roles', { accept: '*/*' })).status, 404)
})

test.serial('every page is the one page, checked for at each visit', async (t) => {
  await build()
  for (const path of [
    '/',
    '/sign-in',
    '/roles/0199a000-0000-7000-8000-000000000001',
    '/playground/rest',
    '/a%20b',
  ]) {
    const response = await open(path)
    t.is(response.status, 200, path)
    t.is(response.headers.get('content-type'), 'text/html; charset=utf-8')
    t.is(response.headers.get('cache-control'), 'no-cache')
    t.is(await response.text(), PAGE)
    const etag = response.headers.get('etag') ?? ''
    const again = await open(path, { ...HTML, 'if-none-match': etag, 'cache-control': 'max-age=0' })
    t.is(again.status, 304)
    t.is(await again.text(), '')
    const head = await open(path, HTML, 'HEAD')
    t.is(head.status, 200)
    t.is(head.headers.get('content-length'), String(PAGE.length))
  }
})

test.serial('a new build is noticed', async (t) => {
  await build('<!doctype html><title>Newer, and longer</title>')
  await utimes(join(directory, 'index.html'), new Date(), new Date(Date.now() + 5_000))
  t.regex(await (await open('/')).text(), /Newer/)
  await build()
  t.is(await (await open('/')).text(), PAGE)
})

test.serial('assets are cached forever and sent compressed', async (t) => {
  for (const [accepted, encoding] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', null],
  ] as const) {
    const response = await open('/assets/index-abc.js', { 'accept-encoding': accepted })
    t.is(response.status, 200)
    t.is(response.headers.get('content-encoding'), encoding)
    t.is(response.headers.get('content-type'), 'text/javascript; charset=utf-8')
    t.is(response.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    t.is(response.headers.get('vary'), 'accept-encoding')
    t.is(response.headers.get('x-content-type-options'), 'nosniff')
    t.is(await response.text(), SCRIPT)
  }
  const etags = await Promise.all(
    ['br', 'gzip', 'identity'].map(async (encoding) =>
      (await open('/assets/index-abc.js', { 'accept-encoding': encoding })).headers.get('etag'),
    ),
  )
  t.is(new Set(etags).size, 3)
  t.is((await open('/icon.svg', { accept: 'image/*' })).headers.get('content-type'), 'image/svg+xml')
  t.is((await open('/icon.svg', { accept: 'image/*' })).headers.get('cache-control'), 'no-cache')
})

test.serial('the CSP forbids other origins and framing', async (t) => {
  const { headers } = await open('/')
  const policy = headers.get('content-security-policy') ?? ''
  t.regex(policy, /^default-src 'none'; script-src 'self'; /)
  t.regex(policy, /connect-src 'self'; .*frame-ancestors 'none'; base-uri 'none'; form-action 'none'$/)
  t.notRegex(policy, /https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/)
  t.is(headers.get('referrer-policy'), 'no-referrer')
  t.is(headers.get('cross-origin-opener-policy'), 'same-origin')
  t.is(headers.get('x-content-type-options'), 'nosniff')
  t.is(headers.get('x-frame-options'), 'DENY')
  t.is(headers.get('access-control-allow-origin'), null)
})

test.serial("paths of the API are never pages, and a request other than a page's GET is a 404", async (t) => {
  for (const [path, status] of [
    ['/rest/companies', 401],
    ['/rest', 401],
    ['/graphql', 401],
    ['/metadata', 401],
    ['/admin', 401],
    ['/admin/x/y/z/1', 401],
    ['/console/session', 401],
    ['/console/nothing', 404],
    ['/open-api/nothing', 404],
    ['/.well-known/nothing', 404],
    ['/assets/gone-abc.js', 404],
    ['/assets', 404],
    ['/healthz', 200],
  ] as const) {
    const response = await open(path)
    t.is(response.status, status, path)
    t.regex(response.headers.get('content-type') ?? '', /json/, path)
  }
  t.is((await open('/nope', { accept: '*/*' })).status, 404)
  t.is((await open('/nope', { accept: 'application/json' })).status, 404)
  t.is((await open('/', HTML, 'POST')).status, 405)
  t.is((await fetch(`${headless.url}/roles`, { headers: HTML })).status, 404)
  t.is((await fetch(`${headless.url}/assets/index-abc.js`)).status, 404)
})

test.serial('no path leads out of the directory', async (t) => {
  const port = Number(new URL(gateway.url).port)
  for (const path of [
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//secret.txt',
    '/./../secret.txt',
    '/secret.txt%00.js',
    `${join(root, 'secret.txt')}`,
    '/%',
  ]) {
    const answer = await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    t.regex(answer, path.includes('%00') ? /^HTTP\/1\.1 400 / : /^HTTP\/1\.1 404 /, path)
    t.notRegex(answer, /nobody may read/, path)
  }
})
