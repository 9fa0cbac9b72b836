// A browser on a gateway that serves the console, built for the tests alone. In: nothing; out: pages that are signed in and remember every
// request that left their origin. Null where no Chromium is installed, so that the tests say they were skipped.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type Client, startTestGateway, type TestGateway } from './gateway.ts'

const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
)

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
]

const build = (directory: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const vite = createRequire(import.meta.url)
      .resolve('vite/package.json')
      .replace('package.json', 'bin/vite.js')
    const child = spawn(
      process.execPath,
      [vite, 'build', '--config', 'console/vite.config.ts', '--outDir', directory, '--emptyOutDir'],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString()
    })
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`vite build failed: ${errors}`))))
  })

export interface Visit {
  readonly page: Page
  /** Addresses of requests that went to another origin. */
  readonly foreign: readonly string[]
  /** What the page complained of: exceptions, refusals of its policy. */
  readonly complaints: readonly string[]
}

export interface ConsoleBrowser {
  readonly gateway: TestGateway
  /** Opens a path of the console, signed in with the client's key. */
  readonly visit: (client: Client, path: string) => Promise<Visit>
  readonly close: () => Promise<void>
}

const watch = (page: Page, origin: string): Visit => {
  const foreign: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== origin && url.protocol.startsWith('http')) foreign.push(request.url())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text())
  })
  return { page, foreign, complaints }
}

export const openConsole = async (): Promise<ConsoleBrowser | null> => {
  if (CHROMIUM === undefined) return null
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-console-'))
  await build(directory)
  const gateway = await startTestGateway({ console: { directory, buildState: () => 'absent' } })
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
  return {
    gateway,
    visit: async (client, path) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
      context.setDefaultTimeout(20_000)
      await context.request.post(`${gateway.url}/console/session`, { data: { apiKey: client.token } })
      const page = await context.newPage()
      const visit = watch(page, gateway.url)
      await page.goto(gateway.url + path)
      return visit
    },
    close: async () => {
      await browser.close()
      await gateway.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What a reader with a screen reader, a keyboard or weak eyes would stumble over; WCAG 2.2, A and AA. */
export const barriersOf = async (page: Page): Promise<readonly string[]> => {
  // By the debugger's way in: the page's policy lets no other script run.
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Runtime.evaluate', { expression: await readFile(AXE, 'utf8') })
  const { result } = await devtools.send('Runtime.evaluate', {
    expression: `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
      .then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => ({ id, nodes }))))`,
    awaitPromise: true,
    returnByValue: true,
  })
  return (JSON.parse(String(result.value)) as readonly Violation[]).map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`,
  )
}
