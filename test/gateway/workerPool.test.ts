import cluster from 'node:cluster'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import pino from 'pino'
import { createWorkerPool, type EndReason, type WorkerProcess } from '../../gateway/processes/workerPool.ts'
import { until } from '../support/until.ts'

const WORKER = fileURLToPath(new URL('poolWorker.ts', import.meta.url))
const AGAIN = 'a new process exited before it served; starting another one'
/** Beats every 200 ms, stuck after two seconds. */
const IMPATIENT_MS = 6_000
/** No process is stuck, however busy the machine is. */
const PATIENT_MS = 3_600_000

/** What the next process does. */
const start = (how: 'serve' | 'held' | 'blocked' | 'exit'): void =>
  cluster.setupPrimary({ exec: WORKER, args: [how], serialization: 'advanced' })

const workers = () => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
const pidsOf = (members: readonly WorkerProcess[]): readonly number[] => members.map(({ pid }) => pid)

interface Wanted {
  readonly onFailed?: () => void
  readonly timeoutMs?: number
}

const open = (t: ExecutionContext, count: number, wanted: Wanted = {}) => {
  const lines: string[] = []
  const ends: (EndReason | null)[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
  const pool = createWorkerPool({
    count,
    log,
    handlersOf: () => ({}),
    onFailed: wanted.onFailed ?? (() => t.fail('it gave up')),
    onEnd: (_: WorkerProcess, reason) => void ends.push(reason),
    stopWithinMs: 10_000,
    timeoutMs: wanted.timeoutMs ?? PATIENT_MS,
    pauseMs: 1,
  })
  t.teardown(() => pool.stop(false))
  return { pool, lines, ends }
}

test.serial('a process whose event loop is blocked is reported, killed and replaced', async (t) => {
  start('serve')
  const { pool, lines, ends } = open(t, 2, { timeoutMs: IMPATIENT_MS })
  await pool.start()
  // On a busy machine either may be late for a moment.
  await until('both serve', () => pool.states().serving === 2)
  const [victim, other] = pool.serving()
  victim?.channel.ask('block').catch(() => {})
  await until('it is stuck', () => victim?.isStuck() === true)
  await until('the other one is not', () => other?.isStuck() === false)
  t.deepEqual(pool.states(), { starting: 0, serving: 1, stuck: 1 })
  t.true(lines.includes('a process does not respond'))
  await until('it is replaced', () => ends.length === 1 && pool.states().serving === 2)
  t.deepEqual(ends, ['stuck'])
  t.true(lines.includes('killing a process that did not respond in time'))
  t.false(pool.serving().some(({ pid }) => pid === victim?.pid))
  t.true(pool.serving().some(({ pid }) => pid === other?.pid))
})

test.serial('five quick ends in a row end the pool, and no sixth process is started', async (t) => {
  start('serve')
  let failed = 0
  const { pool, lines, ends } = open(t, 1, {
    onFailed: () => {
      failed += 1
    },
  })
  await pool.start()
  start('exit')
  process.kill(pool.serving()[0]?.pid ?? 0, 'SIGKILL')
  await until('it gives up', () => failed > 0)
  t.is(failed, 1)
  t.deepEqual(ends, Array(5).fill('crashed'))
  t.is(lines.filter((line) => line === 'a process exited; starting another one').length, 4)
  t.deepEqual(pool.states(), { starting: 0, serving: 0, stuck: 0 })
})

test.serial('a process that starts is not stuck while it loads', async (t) => {
  start('blocked')
  const { pool } = open(t, 1, { timeoutMs: IMPATIENT_MS })
  const starting = pool.start()
  // A process that serves is stuck after two seconds.
  await sleep(4_000)
  t.deepEqual(pool.states(), { starting: 1, serving: 0, stuck: 0 })
  for (const worker of workers()) worker.process.kill('SIGKILL')
  await t.throwsAsync(starting, { name: 'ProcessEnded' })
})

test.serial('a replacement waits for the end of a start', async (t) => {
  start('held')
  const { pool, ends } = open(t, 2)
  const starting = pool.start()
  const [first] = workers()
  start('serve')
  const replacing = pool.replaceAll()
  await turn()
  t.is(workers().length, 1)
  first?.send('serve')
  await starting
  await replacing
  t.deepEqual(pool.states(), { starting: 0, serving: 2, stuck: 0 })
  t.false(pidsOf(pool.serving()).includes(first?.process.pid ?? 0))
  t.deepEqual(ends, [null, null])
})

test.serial('a process that exits while its successor starts is not replaced twice', async (t) => {
  start('serve')
  const { pool, ends } = open(t, 2)
  await pool.start()
  const old = pidsOf(pool.serving())
  start('held')
  const replacing = pool.replaceAll()
  await until('a successor starts', () => workers().length === 3)
  const successor = workers().find(({ process: { pid } }) => !old.includes(pid ?? 0))
  start('serve')
  process.kill(old[0] ?? 0, 'SIGKILL')
  await until('the old one has exited', () => ends.length === 1)
  successor?.send('serve')
  await replacing
  t.is(workers().length, 2)
  t.deepEqual(pool.states(), { starting: 0, serving: 2, stuck: 0 })
  t.false(pidsOf(pool.serving()).some((pid) => old.includes(pid)))
  t.deepEqual(ends, ['crashed', null])
})

test.serial('a successor that exits before it serves is started again', async (t) => {
  start('serve')
  const { pool, lines } = open(t, 2)
  await pool.start()
  const old = pidsOf(pool.serving())
  start('exit')
  const replacing = pool.replaceAll()
  await until('one has exited', () => lines.includes(AGAIN))
  start('serve')
  await replacing
  t.deepEqual(pool.states(), { starting: 0, serving: 2, stuck: 0 })
  t.false(pidsOf(pool.serving()).some((pid) => old.includes(pid)))
})

test.serial('after five successors that do not serve the old processes go on', async (t) => {
  start('serve')
  const { pool, lines } = open(t, 2)
  await pool.start()
  const old = pidsOf(pool.serving())
  start('exit')
  await t.throwsAsync(pool.replaceAll(), { name: 'ProcessEnded' })
  t.is(lines.filter((line) => line === AGAIN).length, 4)
  t.deepEqual(pidsOf(pool.serving()), old)
})
