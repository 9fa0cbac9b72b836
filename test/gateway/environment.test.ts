// What entry points import first, seen from a process of its own.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)
const MODULE = new URL('../../gateway/environment.ts', import.meta.url)
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/tenantry', import.meta.url))

const SCRIPT = `await import(${JSON.stringify(MODULE.href)})
const { getCompileCacheDir } = await import('node:module')
const { NODE_ENV, GRAPHILE_ENV } = process.env
process.stdout.write(JSON.stringify({ cache: getCompileCacheDir(), NODE_ENV, GRAPHILE_ENV }))`

test('compiled sources are kept beside the dependencies, and an environment that is set stays', async (t) => {
  const { NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE, NODE_ENV, ...inherited } = process.env
  const environment = { ...inherited, GRAPHILE_ENV: 'development' }
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    env: environment,
  })
  const printed: unknown = JSON.parse(stdout)
  t.like(printed, { NODE_ENV: 'production', GRAPHILE_ENV: 'development' })
  t.true(stdout.includes(JSON.stringify(CACHE).slice(1, -1)), stdout)
})
