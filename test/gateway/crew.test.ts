import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import pino from 'pino'
import { createCrew, type EndReason, type WorkerProcess } from '../../gateway/processes/crew.ts'
import { until } from '../support/until.ts'

const WORKER = fileURLToPath(new URL('crewWorker.ts', import.meta.url))
/** Beats every 200 ms, stuck after two seconds. */
const TIMEOUT_MS = 6_000

const open = (t: ExecutionContext, count: number, onFailed: () => void = () => t.fail('it gave up')) => {
  const lines: string[] = []
  const ends: (EndReason | null)[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line).msg) })
  const crew = createCrew({
    count,
    log,
    handlersOf: () => ({}),
    onFailed,
    onEnd: (_: WorkerProcess, reason) => void ends.push(reason),
    stopWithinMs: 10_000,
    timeoutMs: TIMEOUT_MS,
    pauseMs: 1,
  })
  t.teardown(() => crew.stop(false))
  return { crew, lines, ends }
}

test.serial('a process whose event loop is blocked is reported, killed and replaced', async (t) => {
  cluster.setupPrimary({ exec: WORKER, args: ['serve'], serialization: 'advanced' })
  const { crew, lines, ends } = open(t, 2)
  await crew.start()
  t.deepEqual(crew.states(), { starting: 0, serving: 2, stuck: 0 })
  const [victim, other] = crew.serving()
  victim?.channel.ask('block').catch(() => {})
  await until('it is stuck', () => victim?.isStuck() === true)
  // On a busy machine the other one may be late for a moment.
  await until('the other one is not', () => other?.isStuck() === false)
  t.deepEqual(crew.states(), { starting: 0, serving: 1, stuck: 1 })
  t.true(lines.includes('a process does not respond'))
  await until('it is replaced', () => ends.length === 1 && crew.states().serving === 2)
  t.deepEqual(ends, ['stuck'])
  t.true(lines.includes('killing a process that did not respond in time'))
  t.false(crew.serving().some(({ pid }) => pid === victim?.pid))
  t.true(crew.serving().some(({ pid }) => pid === other?.pid))
})

test.serial('five quick ends in a row end the crew, and no sixth process is started', async (t) => {
  cluster.setupPrimary({ exec: WORKER, args: ['serve'], serialization: 'advanced' })
  let failed = 0
  const { crew, lines, ends } = open(t, 1, () => {
    failed += 1
  })
  await crew.start()
  cluster.setupPrimary({ exec: WORKER, args: ['exit'], serialization: 'advanced' })
  process.kill(crew.serving()[0]?.pid ?? 0, 'SIGKILL')
  await until('it gives up', () => failed > 0)
  t.is(failed, 1)
  t.deepEqual(ends, Array(5).fill('crashed'))
  t.is(lines.filter((line) => line === 'a process exited; starting another one').length, 4)
  t.deepEqual(crew.states(), { starting: 0, serving: 0, stuck: 0 })
})
