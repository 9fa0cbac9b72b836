// How many of our files one warm request enters. In: a database that is seeded, and a key to it; out: a table
// of files and functions that ran for a REST list, in all and before the REST front. V8 counts the calls
// (precise coverage), in this process; what timers run beside a request is not in every sample, and is left
// out.

import { Session } from 'node:inspector'
import { registerHooks } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../gateway/config.ts'
import { createLog } from '../gateway/http/log.ts'

const SAMPLES = 5
const WARM_UP = 50
const KEPT_MS = 1_200
const ROOT = new URL('..', import.meta.url).href
const FRONT = new URL('../gateway/rest/route.ts', import.meta.url).href
const FILTER = encodeURIComponent('and(address.addressCity[eq]:"Berlin",name[neq]:"x")')
const PATH = `/rest/companies?filter=${FILTER}&order_by=name`

/** Functions that ran, each named by its file and its place in it. */
type Ran = ReadonlySet<string>

const fileOf = (name: string): string => name.split('#', 1)[0] ?? ''
const filesOf = (ran: Ran): ReadonlySet<string> => new Set([...ran].map(fileOf))

const openProfiler = () => {
  const session = new Session()
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  /** What ran since the last call. A session of the own thread answers before `post` returns. */
  const take = (): Ran => {
    const ran = new Set<string>()
    session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error) throw error
      for (const { url, functions } of coverage.result) {
        if (!url.startsWith(ROOT) || url.includes('/node_modules/') || url.includes('/bench/')) continue
        for (const { ranges } of functions) {
          const [range] = ranges
          if (range !== undefined && range.count > 0)
            ran.add(`${url.slice(ROOT.length).split('?', 1)[0]}#${range.startOffset}`)
        }
      }
    })
    return ran
  }
  return { take, close: () => session.disconnect() }
}

/** Lets `onEnter` run as the REST front is entered. */
const watchFront = (onEnter: () => void): void => {
  Object.assign(globalThis, { onRestFront: onEnter })
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      return resolved.url === FRONT && !context.parentURL?.startsWith('tenantry:')
        ? { ...resolved, url: 'tenantry:front', format: 'module', shortCircuit: true }
        : resolved
    },
    load: (url, context, next) =>
      url === 'tenantry:front'
        ? {
            format: 'module',
            shortCircuit: true,
            source: `export * from ${JSON.stringify(FRONT)}
              import { createRest as create } from ${JSON.stringify(FRONT)}
              const entered = (answer) => (...request) => (onRestFront(), answer(...request))
              export const createRest = (options) => create(options).map((row) => ({
                ...row,
                methods: Object.fromEntries(Object.entries(row.methods).map(([name, answer]) => [name, entered(answer)])),
              }))`,
          }
        : next(url, context),
  })
}

const inEvery = ([first = new Set<string>(), ...others]: readonly Ran[]): Ran =>
  new Set([...first].filter((each) => others.every((other) => other.has(each))))

export interface WalkOptions {
  readonly ownerUrl: string
  readonly secretKey: string
  readonly token: string
}

export const measureWalk = async ({ ownerUrl, secretKey, token }: WalkOptions): Promise<void> => {
  let before: Ran | undefined
  const profiler = openProfiler()
  watchFront(() => {
    before = profiler.take()
  })
  const { createGateway } = await import('../gateway/start.ts')
  const config = readConfig({ PORT: '0', HOST: '127.0.0.1', API_RATE_LIMIT_PER_MINUTE: '10000000' })
  const gateway = await createGateway({
    config,
    ownerUrl,
    secretKey,
    log: createLog('info', { stream: { write: () => {} } }).log,
  })
  try {
    const origin = await gateway.listen()
    const ask = async (): Promise<void> => {
      const answer = await fetch(origin + PATH, { headers: { authorization: `Bearer ${token}` } })
      if (answer.status !== 200) throw new Error(`The list answered ${answer.status}: ${await answer.text()}`)
      await answer.text()
    }
    for (let request = 0; request < WARM_UP; request += 1) await ask()
    // What is kept is believed without a question for a second; a gateway that has served for longer asks.
    await sleep(KEPT_MS)
    const samples: { readonly before: Ran; readonly whole: Ran }[] = []
    while (samples.length < SAMPLES) {
      profiler.take()
      before = undefined
      await ask()
      const after = profiler.take()
      if (before === undefined) throw new Error('The request did not reach the REST front.')
      const ranBefore: Ran = before
      samples.push({ before: ranBefore, whole: new Set([...ranBefore, ...after]) })
    }
    const whole = inEvery(samples.map((sample) => sample.whole))
    const early = inEvery(samples.map((sample) => sample.before))
    console.log(`One warm GET /rest/companies?filter&order_by, ${SAMPLES} samples\n`)
    console.log('| | files | functions |\n|---|---|---|')
    console.log(`| before the REST front | ${filesOf(early).size} | ${early.size} |`)
    console.log(`| in all | ${filesOf(whole).size} | ${whole.size} |\n`)
    for (const file of [...filesOf(whole)].toSorted())
      console.log(`${filesOf(early).has(file) ? 'before' : '      '}  ${file}`)
  } finally {
    profiler.close()
    await gateway.close()
  }
}
