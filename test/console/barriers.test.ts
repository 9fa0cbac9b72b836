import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import type { Page } from 'playwright-core'
import { CONSOLE_DIRECTORY } from '../../gateway/console/build.ts'
import { barriersOf, openConsole } from '../support/browser.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.serial.skip : test.serial
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

interface Stop {
  readonly path: string
  /** A text that shows when all is drawn. */
  readonly shows: string
  /** What the tool of somebody else on the page is known for, and we cannot mend from outside. */
  readonly known?: readonly string[]
}

const REST_TOOL = ['label-content-name-mismatch', 'scrollable-region-focusable']
const GRAPHQL_TOOL = ['nested-interactive', 'color-contrast']

const STOPS: readonly Stop[] = [
  { path: '/api', shows: 'Key id' },
  { path: '/usage', shows: 'Slowest routes' },
  { path: '/roles', shows: 'Guest' },
  { path: '/model', shows: 'Opportunities' },
  { path: '/model/company', shows: 'Domain name' },
  { path: '/records/companies', shows: 'Zoë & Söhne' },
  { path: '/workspace', shows: 'Subdomain' },
  { path: '/playground/rest', shows: 'Client Libraries', known: REST_TOOL },
  { path: '/playground/rest-metadata', shows: 'Client Libraries', known: REST_TOOL },
  { path: '/playground/graphql', shows: 'Variables', known: GRAPHQL_TOOL },
  { path: '/playground/graphql-metadata', shows: 'Variables', known: GRAPHQL_TOOL },
]

const widthOf = (page: Page): Promise<unknown> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

for (const { name, width, colorScheme } of [
  { name: 'in light', width: 1280, colorScheme: 'light' },
  { name: 'in dark', width: 1280, colorScheme: 'dark' },
  { name: 'on a phone', width: 375, colorScheme: 'light' },
] as const)
  run(`${name}, no page puts a barrier in anybody's way`, async (t) => {
    t.timeout(240_000)
    const { gateway, visit } = browser()
    const client = await gateway.enter(`Barriers ${name}`)
    await client.request('POST', '/rest/companies', { name: 'Zoë & Söhne' })
    const seen = await visit(client, '/sign-in')
    const { page } = seen
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme })
    for (const { path, shows, known = [] } of STOPS) {
      await page.goto(gateway.url + path)
      await page.getByText(shows).filter({ visible: true }).first().waitFor()
      const barriers = await barriersOf(page)
      t.deepEqual(
        barriers.filter((barrier) => !known.some((id) => barrier.startsWith(id))),
        [],
        path,
      )
      t.true(Number(await widthOf(page)) <= 0, `${path} moves sideways`)
    }
    t.deepEqual(seen.foreign, [])
    t.deepEqual(seen.complaints, [])
  })

/** As it travels to a browser that knows gzip alone. */
const travelledBytes = async (address: string): Promise<number> => {
  const path = join(CONSOLE_DIRECTORY, new URL(address).pathname)
  const { size } = await stat(`${path}.gz`).catch(() => stat(path))
  return size
}

run('the first page is at most 200 KB, and playgrounds come when they are asked for', async (t) => {
  const { gateway, visit } = browser()
  const { page } = await visit(await gateway.enter('Size'), '/sign-in')
  await page.goto('about:blank')
  const assets = new Set<string>()
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/assets/')) assets.add(request.url())
  })
  await page.goto(`${gateway.url}/api`)
  await page.getByText('Key id').first().waitFor()
  const bytes = await Promise.all([...assets].map(travelledBytes))
  const sum = bytes.reduce((all, one) => all + one, 0)
  t.true(sum > 50_000 && sum <= 200 * 1024, `${sum} bytes`)
  t.false([...assets].some((asset) => /monaco|graphiql|playground/i.test(asset)))
})
