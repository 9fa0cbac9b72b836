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
  /** A text that is visible once the page is complete. */
  readonly shows: string
  /** Known barriers of a third-party tool on the page. */
  readonly known?: readonly string[]
}

const REST_TOOL = ['label-content-name-mismatch', 'scrollable-region-focusable']
const GRAPHQL_TOOL = ['nested-interactive', 'color-contrast']

const STOPS: readonly Stop[] = [
  { path: '/api', shows: 'Key id' },
  { path: '/api/webhooks', shows: 'https://8.8.8.8/hook' },
  { path: '/usage', shows: 'Slowest routes' },
  { path: '/roles', shows: 'Guest' },
  { path: '/model', shows: 'Opportunities' },
  { path: '/model/company', shows: 'Domain name' },
  { path: '/records/companies', shows: 'Zoë & Söhne' },
  { path: '/workspace', shows: 'Subdomain' },
  { path: '/workspace/audit', shows: 'Who changed keys' },
  { path: '/playground/rest', shows: 'Client Libraries', known: REST_TOOL },
  { path: '/playground/graphql', shows: 'Variables', known: GRAPHQL_TOOL },
  // The same tools, with other documents.
  ...(process.env.CI
    ? []
    : [
        { path: '/playground/rest-metadata', shows: 'Client Libraries', known: REST_TOOL },
        { path: '/playground/graphql-metadata', shows: 'Variables', known: GRAPHQL_TOOL },
      ]),
]

const widthOf = (page: Page): Promise<unknown> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

/** What a component's own endless animation comes to. */
const ENDLESS = `(() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('@keyframes turn { to { rotate: 1turn } } .turns.turns { animation: turn 1s infinite }')
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  document.body.classList.add('turns')
  const { animationName, animationDuration, animationIterationCount } = getComputedStyle(document.body)
  return [animationName, parseFloat(animationDuration) < 0.001, animationIterationCount].join(' ')
})()`

const LOOKS = [
  { width: 1280, colorScheme: 'dark' },
  { width: 375, colorScheme: 'light' },
  // Two cores have to end in time: CI leaves out what is nearest to the others.
  ...(process.env.CI ? [] : ([{ width: 1280, colorScheme: 'light' }] as const)),
] as const

/** Loads the page once and changes its look: loading the editors takes longer than checking them. */
run('no page has an accessibility barrier or moves sideways, in light, in dark and on a phone', async (t) => {
  t.timeout(240_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter('Barriers')
  await client.request('POST', '/rest/companies', { name: 'Zoë & Söhne' })
  await client.request('POST', '/rest/webhooks', { targetUrl: 'https://8.8.8.8/hook', operations: [] })
  const seen = await visit(client, '/sign-in')
  const { page } = seen
  t.is(await page.evaluate(ENDLESS), 'turn true 1', 'less motion is asked for')
  for (const { path, shows, known = [] } of STOPS) {
    await page.goto(gateway.url + path)
    for (const { width, colorScheme } of LOOKS) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
      await page.getByText(shows).filter({ visible: true }).first().waitFor()
      const barriers = await barriersOf(page)
      t.deepEqual(
        barriers.filter((barrier) => !known.some((id) => barrier.startsWith(id))),
        [],
        `${path} ${colorScheme} ${width}`,
      )
      t.true(Number(await widthOf(page)) <= 0, `${path} moves sideways at ${width}`)
    }
  }
  t.deepEqual(seen.foreign, [])
  t.deepEqual(seen.complaints, [])
})

/** Download size for a browser that accepts gzip. */
const downloadBytes = async (address: string): Promise<number> => {
  const path = join(CONSOLE_DIRECTORY, new URL(address).pathname)
  const { size } = await stat(`${path}.gz`).catch(() => stat(path))
  return size
}

run('the first page is at most 200 KB, and playgrounds load on demand', async (t) => {
  const { gateway, visit } = browser()
  const { page } = await visit(await gateway.enter('Size'), '/sign-in')
  await page.goto('about:blank')
  const assets = new Set<string>()
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/assets/')) assets.add(request.url())
  })
  await page.goto(`${gateway.url}/api`)
  await page.getByText('Key id').first().waitFor()
  const bytes = await Promise.all([...assets].map(downloadBytes))
  const sum = bytes.reduce((all, one) => all + one, 0)
  t.true(sum > 50_000 && sum <= 200 * 1024, `${sum} bytes`)
  t.false([...assets].some((asset) => /monaco|graphiql|playground/i.test(asset)))
})
