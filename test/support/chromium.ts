// The machine's Chromium, undefined if it is not installed, and pages that record requests to other origins
// and console messages. The headless shell comes first: without the browser's own windows it takes less time.

import { existsSync } from 'node:fs'
import { type Browser, type BrowserServer, chromium, type Page } from 'playwright-core'
import { browserUrl } from './environment.ts'

export const CHROMIUM = [
  process.env.CHROMIUM,
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
].find((path) => path !== undefined && existsSync(path))

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

export interface Visit {
  readonly page: Page
  /** Addresses of requests that went to another origin. */
  readonly foreign: readonly string[]
  /** What the page complained of: exceptions, errors it wrote, refusals of its policy. */
  readonly complaints: readonly string[]
}

/** Chromium logs a line for every refused request, which the page handles itself. */
const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/

/** A browser of its own, for scripts that run outside of the tests. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: FLAGS })

export const launchServer = (executablePath: string): Promise<BrowserServer> =>
  chromium.launchServer({ executablePath, args: FLAGS, host: '127.0.0.1' })

/** The browser that all files share; closing it closes what this file opened in it. */
export const openBrowser = (): Promise<Browser> => {
  const url = browserUrl()
  if (url === null) throw new Error('There is no browser: ask CHROMIUM first.')
  return chromium.connect(url)
}

export const watch = (page: Page, origin: string): Visit => {
  const foreign: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== origin && url.protocol.startsWith('http')) foreign.push(request.url())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    const text = message.text()
    if (/Content Security Policy/.test(text) || (message.type() === 'error' && !REFUSED.test(text)))
      complaints.push(text)
  })
  return { page, foreign, complaints }
}
