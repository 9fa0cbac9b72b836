// `npm run screenshots`: the pictures of docs/images, taken of the demo that a first start makes. In: the
// built console (npm run build) and the machine's Chromium; out: PNG files, 1280 pixels wide, in light.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { startGateway } from '../test/gateway/process.ts'
import { ensureBuiltConsole } from '../test/support/builtConsole.ts'
import { CHROMIUM, launch } from '../test/support/chromium.ts'

const IMAGES = fileURLToPath(new URL('images/', import.meta.url))
const VIEWPORT = { width: 1280, height: 720 }
const TIMEOUT_MS = 60_000
/** Until nothing moves or fades any more. */
const SETTLED_MS = 1_000

interface Picture {
  readonly name: string
  readonly path: string
  readonly prepare: (page: Page) => Promise<void>
}

const PICTURES: readonly Picture[] = [
  {
    name: 'records',
    path: '/records/companies',
    prepare: (page) => page.getByText('of 60').waitFor(),
  },
  {
    name: 'model',
    path: '/model',
    prepare: async (page) => {
      await page.getByText('Diagram', { exact: true }).click()
      await page.locator('.react-flow__node').first().waitFor()
    },
  },
  {
    name: 'role',
    path: '/roles',
    prepare: async (page) => {
      await page.getByRole('link', { name: 'Member', exact: true }).click()
      await page.getByRole('tab', { name: 'Objects' }).click()
      await page.getByText('Opportunities').filter({ visible: true }).first().waitFor()
    },
  },
  {
    name: 'rest',
    path: '/playground/rest#tag/companies/POST/companies',
    prepare: async (page) => {
      await page
        .getByRole('button', { name: /post \/companies\)?$/i })
        .first()
        .click()
      const client = page.getByRole('dialog')
      await client.getByRole('button', { name: /^Send/ }).first().click()
      await client.getByText('201 Created').waitFor()
    },
  },
  {
    name: 'graphql',
    path: '/playground/graphql',
    prepare: async (page) => {
      await page.locator('.view-line', { hasText: 'totalCount' }).first().waitFor()
      await page.getByRole('button', { name: /Execute query/ }).click()
      await page.locator('.result-window').getByText('"totalCount"').waitFor()
    },
  },
]

const take = async (page: Page, url: string): Promise<void> => {
  for (const { name, path, prepare } of PICTURES) {
    await page.goto(url + path)
    await prepare(page)
    await page.mouse.move(0, 0)
    await page.waitForTimeout(SETTLED_MS)
    await page.screenshot({ path: join(IMAGES, `${name}.png`) })
    console.log(`docs/images/${name}.png`)
  }
}

if (CHROMIUM === undefined) throw new Error('Install Chromium, or set CHROMIUM to its path.')
await ensureBuiltConsole()
const dataDir = await mkdtemp(join(tmpdir(), 'tenantry-screenshots-'))
const tearDowns: (() => Promise<void>)[] = [() => rm(dataDir, { recursive: true, force: true })]
try {
  const teardown = (work: () => Promise<void>): void => void tearDowns.push(work)
  const gateway = startGateway({ teardown }, { DATA_DIR: dataDir, CONSOLE: 'on' })
  const url = await gateway.url()
  const browser = await launch(CHROMIUM)
  tearDowns.push(() => browser.close())
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: 'light' })
  page.setDefaultTimeout(TIMEOUT_MS)
  await page.goto(/^Console: (\S+)$/m.exec(gateway.stdout())?.[1] ?? url)
  await page.getByRole('heading', { name: 'APIs & Webhooks' }).waitFor()
  await take(page, url)
} finally {
  for (const tearDown of tearDowns.reverse()) await tearDown()
}
