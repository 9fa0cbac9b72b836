// `npm run bench:import`: the processor time that loading the gateway takes, up to the point where it could
// connect to Postgres. Every round is a process of its own, with what Node compiled in the rounds before; the
// first rounds only fill that. Prints the least and the median.

import { execFileSync } from 'node:child_process'

const ROUNDS = 15
const WARM_UP_ROUNDS = 2

const at = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)

/** As bin/tenantry.js does it. */
const SCRIPT = `
const { enableCompileCache } = require('node:module')
const { fileURLToPath } = require('node:url')
enableCompileCache(fileURLToPath(${at('../node_modules/.cache/tenantry')}))
const load = async () => {
  await import(${at('../gateway/environment.ts')})
  for (const entry of [${at('../gateway/process.ts')}, ${at('../gateway/start.ts')}, ${at('../gateway/demo/firstStart.ts')}])
    await import(entry)
  const { user, system } = process.cpuUsage()
  process.stdout.write(String((user + system) / 1000))
  process.exit()
}
load()`

const measure = (script: string): readonly number[] => {
  const run = () => Number(execFileSync(process.execPath, ['--eval', script], { encoding: 'utf8' }))
  return Array.from({ length: WARM_UP_ROUNDS + ROUNDS }, run)
    .slice(WARM_UP_ROUNDS)
    .toSorted((a, b) => a - b)
}

const report = (name: string, times: readonly number[]): void => {
  const median = times[times.length >> 1] ?? Number.NaN
  console.log(`${name.padEnd(28)} ${times[0]?.toFixed(0)} ms at least, ${median.toFixed(0)} ms in the middle`)
}

const EMPTY = `const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000))`

report('Node alone', measure(EMPTY))
report('Node and the gateway', measure(SCRIPT))
