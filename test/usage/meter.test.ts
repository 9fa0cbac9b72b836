import { mock } from 'node:test'
import test from 'ava'
import { createMeter, percentileMs, STEPS, stepOf } from '../../gateway/usage/meter.ts'
import type { UsageRow } from '../../tenants/usage.ts'

const WORKSPACE = '0199aaaa-0000-7000-8000-000000000001'
const KEY = '0199aaaa-0000-7000-8000-000000000002'
const measured = (status: number, ms = 4, route = 'GET /rest/companies') => ({
  workspaceId: WORKSPACE,
  callerId: KEY,
  route,
  status,
  ms,
})

const createRecorder = () => {
  const written: UsageRow[][] = []
  const errors: unknown[] = []
  let isBroken = false
  const meter = createMeter({
    write: async (rows) => {
      if (isBroken) throw new Error('Postgres is away')
      written.push([...rows])
    },
    onError: (error) => errors.push(error),
  })
  return {
    meter,
    written,
    errors,
    breakDown: (broken: boolean) => {
      isBroken = broken
    },
  }
}

test('counts requests refused by a limit and other failures, by subject and route', async (t) => {
  const { meter, written } = createRecorder()
  for (const status of [200, 201, 429, 404, 500]) meter.note(measured(status))
  meter.note(measured(200, 9_999, 'POST /graphql'))
  await meter.flush()
  await meter.flush()
  t.is(written.length, 1, 'nothing new is nothing to write')
  const [companies, graphql] = written[0] ?? []
  t.like(companies, { requests: 5, refused: 1, failed: 2, totalMs: 20, route: 'GET /rest/companies' })
  t.is(companies?.latencies[stepOf(4)], 5)
  t.like(graphql, { requests: 1, refused: 0, failed: 0, totalMs: 9_999 })
})

test('counts that cannot be written are added to the next ones', async (t) => {
  const { meter, written, errors, breakDown } = createRecorder()
  breakDown(true)
  meter.note(measured(200))
  await meter.flush()
  meter.note(measured(500))
  await meter.flush()
  t.is(errors.length, 2)
  breakDown(false)
  meter.note(measured(429))
  await meter.flush()
  t.like(written[0]?.[0], { requests: 3, refused: 1, failed: 1, totalMs: 12 })
})

test.serial('a closed meter has written what it counted, and does not try again', async (t) => {
  const { meter, written, errors, breakDown } = createRecorder()
  meter.note(measured(200))
  await meter.close()
  t.like(written[0]?.[0], { requests: 1 })
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  breakDown(true)
  meter.note(measured(200))
  await meter.close()
  t.is(errors.length, 1)
  meter.note(measured(200))
  mock.timers.tick(600_000)
  await new Promise(setImmediate)
  t.is(errors.length, 1)
})

test('ten thousand rows are written without a pause, and once while a write runs', async (t) => {
  const sizes: number[] = []
  const begun = Promise.withResolvers<void>()
  const going = Promise.withResolvers<void>()
  const write = async (rows: readonly UsageRow[]): Promise<void> => {
    sizes.push(rows.length)
    begun.resolve()
    await going.promise
  }
  const meter = createMeter({ write, onError: (error) => t.fail(String(error)) })
  const noteMany = (): void => {
    for (let index = 0; index < 10_000; index += 1) meter.note(measured(200, 1, `GET /rest/${index}`))
  }
  noteMany()
  await begun.promise
  noteMany()
  noteMany()
  t.deepEqual(sizes, [10_000])
  going.resolve()
  await meter.close()
  t.deepEqual(sizes, [10_000, 10_000])
})

test('while nothing can be written, memory has an end', async (t) => {
  const { meter, written } = createRecorder()
  for (let index = 0; index < 25_000; index += 1) meter.note(measured(200, 1, `GET /rest/${index}`))
  await meter.flush()
  t.is(written[0]?.length, 20_000)
})

test('a percentile is exact to its step', (t) => {
  const counts = Array<number>(STEPS).fill(0)
  t.is(percentileMs(counts, 0.95), 0)
  for (let ms = 1; ms <= 100; ms += 1) {
    const step = stepOf(ms)
    counts[step] = (counts[step] ?? 0) + 1
  }
  const p95 = percentileMs(counts, 0.95)
  t.true(p95 > 85 && p95 <= 100, String(p95))
  t.true(Math.abs(percentileMs(counts, 0.5) - 50) < 8)
  const slow = Array<number>(STEPS).fill(0)
  slow[stepOf(1_000_000)] = 1
  t.is(percentileMs(slow, 0.95), 30_000)
  t.is(stepOf(0), 0)
  t.is(stepOf(1_000_000), STEPS - 1)
})
