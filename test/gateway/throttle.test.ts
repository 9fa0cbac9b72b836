import { Writable } from 'node:stream'
import test, { type ExecutionContext } from 'ava'
import { createLog } from '../../gateway/http/log.ts'
import { createMemoryCounter, createRedisCounter } from '../../gateway/limits/counter.ts'
import { connectRedis } from '../../gateway/limits/redis.ts'
import {
  createThrottle,
  networkOf,
  type RateLimitSubject,
  type Throttle,
} from '../../gateway/limits/throttle.ts'
import { until } from '../support/until.ts'
import { isRedisInstalled, type RedisServer, startRedis } from './redisServer.ts'
import { inProcessThrottle } from './serve.ts'

const withRedis = isRedisInstalled ? test : test.skip

const subject = (callerId: string, more: Partial<RateLimitSubject> = {}): RateLimitSubject => ({
  callerId,
  workspaceId: 'w',
  ...more,
})

const allowedOf = async (throttle: Throttle, requests: number, who: RateLimitSubject): Promise<number> => {
  const results = await Promise.all(Array.from({ length: requests }, () => throttle.begin(who)))
  return results.filter(({ refusal }) => refusal === null).length
}

test('a hundred requests a minute are a hundred, for each key', async (t) => {
  const throttle = inProcessThrottle(100)
  t.is(await allowedOf(throttle, 150, subject('a')), 100)
  t.is(await allowedOf(throttle, 150, subject('b')), 100)
})

test('a key may have a limit of its own', async (t) => {
  const throttle = inProcessThrottle(100)
  t.is(await allowedOf(throttle, 150, subject('a', { rateLimitPerMinute: 5 })), 5)
  t.is(await allowedOf(throttle, 150, subject('b', { rateLimitPerMinute: 140 })), 140)
})

test('a workspace may have a ceiling, which a refused key does not use up', async (t) => {
  const throttle = inProcessThrottle(10, 15)
  t.is(await allowedOf(throttle, 100, subject('a')), 10)
  const { headers } = await throttle.begin(subject('b'))
  t.is(headers['ratelimit-policy'], '"key";q=10;w=60, "workspace";q=15;w=60')
  t.regex(headers.ratelimit ?? '', /^"key";r=9;t=60, "workspace";r=4;t=60$/)
  t.is(headers['x-ratelimit-limit'], '15')
  t.is(headers['x-ratelimit-remaining'], '4')
  t.is(await allowedOf(throttle, 100, subject('c')), 4)
  const { refusal } = await throttle.begin(subject('d'))
  t.is(refusal?.message, 'Rate limit exceeded for workspace: 15 requests per 60s.')
})

test("a workspace's own ceiling wins over the gateway's, and needs none", async (t) => {
  const own = { workspaceRateLimitPerMinute: 3 }
  t.is(await allowedOf(inProcessThrottle(10, 15), 8, subject('a', own)), 3)
  t.is(await allowedOf(inProcessThrottle(10), 8, subject('a', own)), 3)
  t.is(await allowedOf(inProcessThrottle(100, 5), 50, subject('a', { workspaceRateLimitPerMinute: 20 })), 20)
})

test('reading how much a subject has used does not use any', async (t) => {
  const throttle = inProcessThrottle(100)
  t.deepEqual(await throttle.look('a'), { events: 0, resetMs: 0 })
  await allowedOf(throttle, 7, subject('a'))
  for (const _ of [1, 2]) t.is((await throttle.look('a')).events, 7)
  t.true((await throttle.look('a')).resetMs > 0)
  t.is((await throttle.look('b')).events, 0)
})

test('the window ends, and its end is given in seconds and as a point in time', async (t) => {
  const throttle = createThrottle({
    createCounter: (name) => createMemoryCounter({ name, windowSeconds: 1 }),
    perKey: 1,
    perWorkspace: 0,
    windowSeconds: 1,
    now: () => 1_000_000,
  })
  const first = await throttle.begin(subject('a'))
  t.is(first.headers.ratelimit, '"key";r=0;t=1')
  t.is(first.headers['x-ratelimit-reset'], '1001')
  const second = await throttle.begin(subject('a'))
  t.is(second.refusal?.options.headers?.['retry-after'], '1')
  // The library's own clock decides when a window ends; it accepts no other.
  await until('the window ends', async () => (await throttle.begin(subject('a'))).refusal === null)
})

test('a /64 of IPv6 counts as one address', (t) => {
  t.is(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2')
  t.is(networkOf('2001:db8:1:2::1'), '2001:db8:1:2')
  t.is(networkOf('2001:db8::1'), '2001:db8:0:0')
  t.is(networkOf('::1'), '0:0:0:0')
  t.is(networkOf('::ffff:10.1.2.3'), '10.1.2.3')
  t.is(networkOf('10.1.2.3'), '10.1.2.3')
})

interface Gateway {
  readonly throttle: Throttle
  readonly logged: () => string
  readonly isReady: () => Promise<void>
}

/** A machine that is busy with other tests is not a Redis that is away. */
const PATIENT_MS = 10_000

const gatewayOn = (
  t: ExecutionContext,
  server: RedisServer,
  perKey: number,
  commandTimeoutMs?: number,
): Gateway => {
  const lines: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  const { log } = createLog('info', { stream: sink })
  const redis = connectRedis(server.url, log, commandTimeoutMs)
  t.teardown(() => redis.disconnect())
  const throttle = createThrottle({
    createCounter: (name, windowSeconds) => createRedisCounter(redis, { name, windowSeconds }, log),
    perKey,
    perWorkspace: 1000,
  })
  return {
    throttle,
    logged: () => lines.join(''),
    isReady: () => until('Redis is ready', () => redis.status === 'ready'),
  }
}

const times = (text: string, part: string): number => text.split(part).length - 1

withRedis('two gateways share one limit', async (t) => {
  const server = await startRedis(t)
  const [one, two] = [gatewayOn(t, server, 100, PATIENT_MS), gatewayOn(t, server, 100, PATIENT_MS)]
  await Promise.all([one.isReady(), two.isReady()])
  const allowed = await Promise.all([
    allowedOf(one.throttle, 80, subject('a')),
    allowedOf(two.throttle, 80, subject('a')),
  ])
  t.is(allowed[0] + allowed[1], 100)
  t.is((await one.throttle.look('a')).events, 160)
  t.is((await two.throttle.look('a')).events, 160)
})

withRedis("two gateways share a workspace's own ceiling", async (t) => {
  const server = await startRedis(t)
  const gateways = [gatewayOn(t, server, 100, PATIENT_MS), gatewayOn(t, server, 100, PATIENT_MS)]
  await Promise.all(gateways.map(({ isReady }) => isReady()))
  const allowed = await Promise.all(
    gateways.map(({ throttle }, n) =>
      allowedOf(throttle, 20, subject(`key ${n}`, { workspaceRateLimitPerMinute: 30 })),
    ),
  )
  t.is(
    allowed.reduce((sum, one) => sum + one),
    30,
  )
})

/** A gateway whose Redis failed asks it again a moment later. */
const untilShared = (gateway: ReturnType<typeof gatewayOn>): Promise<void> =>
  until('Redis is asked again', async () => {
    await gateway.throttle.begin(subject('asking'))
    return gateway.logged().includes('Redis is back')
  })

withRedis('when Redis dies each gateway limits for itself; when it is back they share again', async (t) => {
  const server = await startRedis(t)
  const gateway = gatewayOn(t, server, 10, PATIENT_MS)
  await gateway.isReady()
  t.is(await allowedOf(gateway.throttle, 8, subject('a')), 8)
  await server.kill()
  t.is(await allowedOf(gateway.throttle, 30, subject('a')), 10)
  t.is((await gateway.throttle.look('a')).events, 30)
  t.is(
    times(gateway.logged(), 'Redis is unavailable'),
    2,
    'once for the counter of keys, once for that of workspaces',
  )

  await server.start()
  await gateway.isReady()
  await untilShared(gateway)
  t.is(await allowedOf(gateway.throttle, 30, subject('b')), 10)
  const other = gatewayOn(t, server, 10, PATIENT_MS)
  await other.isReady()
  t.is(await allowedOf(other.throttle, 1, subject('b')), 0)
})

withRedis(
  'a Redis that answers nothing delays the first requests by its timeout and the next ones not at all',
  async (t) => {
    const server = await startRedis(t)
    const timeoutMs = 6_000
    const gateway = gatewayOn(t, server, 10, timeoutMs)
    await gateway.isReady()
    server.freeze()
    t.teardown(server.thaw)
    t.is(await allowedOf(gateway.throttle, 5, subject('a')), 5)
    // Longer than any pause of a busy machine: a request within the timeout did not wait for Redis.
    for (let n = 0; n < 5; n += 1) {
      const nextMs = performance.now()
      t.is(await allowedOf(gateway.throttle, 1, subject(`b ${n}`)), 1)
      t.true(performance.now() - nextMs < timeoutMs)
    }
  },
)

withRedis('a gateway starts without its Redis and finds it later', async (t) => {
  const server = await startRedis(t)
  await server.kill()
  const gateway = gatewayOn(t, server, 10, PATIENT_MS)
  t.is(await allowedOf(gateway.throttle, 30, subject('a')), 10)
  await server.start()
  await gateway.isReady()
  await untilShared(gateway)
  t.pass()
})
