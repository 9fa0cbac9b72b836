// A browser on a gateway that serves the console. Pages are signed in and record every request to another
// origin. Null without a Chromium, so that tests are skipped.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { CONSOLE_DIRECTORY } from '../../gateway/console/build.ts'
import { CHROMIUM, openBrowser, type Visit, watch } from './chromium.ts'
import type { OpenTestDatabase } from './database.ts'
import { type Client, startTestGateway, type TestGateway } from './gateway.ts'

export interface ConsoleBrowser {
  readonly gateway: TestGateway
  /** Opens a path of the console, signed in with the client's key. */
  readonly visit: (client: Client, path: string, timezoneId?: string) => Promise<Visit>
  /** The same with an operator's key. */
  readonly visitAsOperator: (operatorKey: string, path: string) => Promise<Visit>
  readonly close: () => Promise<void>
}

export const openConsole = async (
  environment: Record<string, string> = {},
  database?: OpenTestDatabase,
): Promise<ConsoleBrowser | null> => {
  if (CHROMIUM === undefined) return null
  const gateway = await startTestGateway({
    environment,
    ...(database === undefined ? {} : { database }),
    console: { directory: CONSOLE_DIRECTORY, buildState: () => 'absent' },
  })
  const browser = await openBrowser()
  const visit = async (
    data: Readonly<Record<string, string>>,
    path: string,
    timezoneId?: string,
  ): Promise<Visit> => {
    const context = await browser.newContext({
      ...(timezoneId === undefined ? {} : { timezoneId }),
      viewport: { width: 1280, height: 900 },
      // Animations cost the processor more than the pages do.
      reducedMotion: 'reduce',
    })
    context.setDefaultTimeout(120_000)
    await context.request.post(`${gateway.url}/console/session`, { data })
    const page = await context.newPage()
    const seen = watch(page, gateway.url)
    await page.goto(gateway.url + path)
    return seen
  }
  return {
    gateway,
    visit: ({ token }, path, timezoneId) => visit({ apiKey: token }, path, timezoneId),
    visitAsOperator: (operatorKey, path) => visit({ operatorKey }, path),
    close: async () => {
      await browser.close()
      await gateway.close()
    },
  }
}

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly any: readonly { readonly message: string }[] }[]
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What passes is not described: finding a selector for each of its elements takes as long as the rules. */
const FIND = `axe.run(document, {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  resultTypes: ['violations'],
  selectors: false,
}).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => ({ id, nodes }))))`

/** Two frames show what a change of size or colours sets off; what fades in has too little contrast until it has. */
const SETTLE = `new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  .then(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))))
  .then(() => null)`

const LOOKS = 3

/** What a reader with a screen reader, a keyboard or weak eyes would stumble over; WCAG 2.2, A and AA. */
export const barriersOf = async (page: Page): Promise<readonly string[]> => {
  // By the debugger's way in: the page's policy lets no other script run.
  const devtools = await page.context().newCDPSession(page)
  const evaluate = (expression: string) =>
    devtools.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
  const known = await evaluate(`typeof axe === 'object'`)
  // The value of the script is the whole of axe.
  if (known.result.value !== true) await evaluate(`${await readFile(AXE, 'utf8')}; null`)
  let violations: readonly Violation[] = []
  // A barrier stays: what is gone at the next look was a state between two others.
  for (let look = 0; look < LOOKS; look++) {
    await evaluate(SETTLE)
    violations = JSON.parse(String((await evaluate(FIND)).result.value))
    if (violations.length === 0) break
  }
  await devtools.detach()
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 200)} (${any[0]?.message})`).join(' ')}`,
  )
}
