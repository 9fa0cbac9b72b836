import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { CHROMIUM, openBrowser, watch } from '../support/chromium.ts'
import { until } from '../support/until.ts'
import { alarmingLines } from './lines.ts'
import { cloneInto, emptyDirectory, linkModules } from './replay.ts'

/** Most of the bundle is two tools that no page here shows. The images are built with them. */
const WITHOUT_TOOLS: Readonly<Record<string, string>> = {
  'console/playground/graphqlPlayground.tsx': 'export const GraphqlPlayground = () => null\n',
  'console/playground/restPlayground.tsx': 'export const RestPlayground = () => null\n',
}

/** The bundler's own settings, and a build that goes on once a file is there. */
const holdUntil = (file: string): string => `
import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import own from './own.config.ts'

const buildStart = async () => {
  while (!existsSync(${JSON.stringify(file)})) await setTimeout(50)
}
export default { ...own, plugins: [...own.plugins, { name: 'hold', buildStart }] }
`

/** @returns lets the build of the clone go on. */
const holdBuild = async (clone: string): Promise<() => Promise<void>> => {
  const config = join(clone, 'console/vite.config.ts')
  const go = join(clone, 'go')
  await rename(config, join(clone, 'console/own.config.ts'))
  await writeFile(config, holdUntil(go))
  return () => writeFile(go, '')
}

const run = CHROMIUM === undefined ? test.skip : test

run(
  'the link of the first `npm start` signs in, opened while built the console; no line alarms',
  async (t) => {
    t.timeout(600_000)
    const directory = await emptyDirectory()
    t.teardown(() => rm(directory, { recursive: true, force: true }))
    await chmod(directory, 0o755)
    await cloneInto(directory)
    await linkModules(directory)
    for (const [path, text] of Object.entries(WITHOUT_TOOLS)) await writeFile(join(directory, path), text)
    const letBuild = await holdBuild(directory)
    const child = spawn('npm', ['start'], {
      cwd: directory,
      env: { PATH: process.env.PATH, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text
      })
    const closed = once(child, 'close')
    t.teardown(async () => {
      child.kill('SIGTERM')
      await closed
    })
    await until('the gateway welcomes', () => /^Console: \S+$/m.test(printed))
    const link = /^Console: (\S+)$/m.exec(printed)?.[1] ?? ''
    const browser = await openBrowser()
    t.teardown(() => browser.close())
    const page = await browser.newPage()
    const seen = watch(page, new URL(link).origin)
    const opened = await page.goto(link)
    t.is(opened?.status(), 503)
    await page.getByRole('heading', { name: 'The console is being built' }).waitFor()
    t.is(page.url(), link)
    await letBuild()
    await page.getByRole('navigation').first().waitFor({ timeout: 300_000 })
    t.not(new URL(page.url()).pathname, '/sign-in')
    t.deepEqual(
      seen.complaints.filter((text) => !/status of 503/.test(text)),
      [],
    )
    await browser.close()
    child.kill('SIGTERM')
    await closed
    t.regex(printed, /built the console/)
    t.deepEqual(alarmingLines(printed), [])
  },
)
