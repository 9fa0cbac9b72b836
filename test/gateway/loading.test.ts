// What a gateway loads before its first request, in a process of its own.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { lazily } from '../../gateway/lazily.ts'

const at = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)

const SCRIPT = `
const { registerHooks } = require('node:module')
const urls = []
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
const load = async () => {
  for (const entry of [${at('../../gateway/process.ts')}, ${at('../../gateway/start.ts')}, ${at('../../gateway/demo/firstStart.ts')}])
    await import(entry)
  process.stdout.write(JSON.stringify(urls), () => process.exit())
}
load()`

const LATER = ['graphql', 'postgraphile', 'grafast', 'graphile-build', 'zod', 'libphonenumber-js']

test('a start loads nothing that a gateway of REST alone never needs', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', SCRIPT], {
    maxBuffer: 10_000_000,
  })
  const urls: readonly string[] = JSON.parse(stdout)
  t.true(urls.some((url) => url.endsWith('/gateway/rest/route.ts')))
  const early = urls.filter((url) => LATER.some((name) => url.includes(`/node_modules/${name}/`)))
  t.deepEqual(early, [])
})

test('a part is loaded once, by the first who needs it', async (t) => {
  let loads = 0
  const part = lazily(async () => {
    loads += 1
    return { loads }
  })
  t.is(loads, 0)
  const [one, other] = await Promise.all([part(), part()])
  t.is(one, other)
  t.is(await part(), one)
  t.is(loads, 1)
})

test('a part that could not be loaded is tried again', async (t) => {
  let loads = 0
  const part = lazily(async () => {
    loads += 1
    if (loads === 1) throw new Error('not yet')
    return 'loaded'
  })
  await t.throwsAsync(part(), { message: 'not yet' })
  t.is(await part(), 'loaded')
})
