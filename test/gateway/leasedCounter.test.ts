import test from 'ava'
import { type Channel, createChannel } from '../../gateway/processes/channel.ts'
import { createLeasedCounter } from '../../gateway/processes/leasedCounter.ts'
import { createMachineCounts } from '../../gateway/processes/machineCounts.ts'
import { until } from '../support/until.ts'

/** Both ends of a channel, in one process; messages are copied, as between two. */
const channelTo = (
  counts: ReturnType<typeof createMachineCounts>,
  onTake: () => void = () => {},
): Channel => {
  const primary: Channel = createChannel((message) =>
    setImmediate(process.onMessage, structuredClone(message)),
  )
  const process: Channel = createChannel((message) =>
    setImmediate(primary.onMessage, structuredClone(message)),
  )
  primary.answer({
    ...counts,
    take: (question: Parameters<typeof counts.take>[0]) => {
      onTake()
      return counts.take(question)
    },
  })
  return process
}

const place = { name: 'key', windowSeconds: 60 }

test('processes never exceed a limit together, and use all of it', async (t) => {
  const LIMIT = 200
  const PROCESSES = 3
  const counts = createMachineCounts(PROCESSES)
  const counters = Array.from({ length: PROCESSES }, () =>
    createLeasedCounter({ ...place, channel: channelTo(counts) }),
  )
  const admitted = { a: 0, b: 0 }
  const ask = async (counter: (typeof counters)[number], key: 'a' | 'b'): Promise<void> => {
    const { events } = await counter.add(key, LIMIT)
    if (events <= LIMIT) admitted[key] += 1
    t.true(admitted[key] <= LIMIT)
  }
  // One process has most of the requests of one key; those of the other are spread.
  const loads = counters.map(async (counter, at) => {
    for (let round = 0; round < 60; round += 1)
      await Promise.all([
        ...Array.from({ length: at === 0 ? 5 : 1 }, () => ask(counter, 'a')),
        ...Array.from({ length: 2 }, () => ask(counter, 'b')),
      ])
  })
  await Promise.all(loads)
  for (const key of ['a', 'b'] as const) {
    // What other processes hold comes back.
    await until('all of it is used', async () => {
      for (const counter of counters) await ask(counter, key)
      return admitted[key] === LIMIT
    })
    for (const counter of counters) await ask(counter, key)
    t.is(admitted[key], LIMIT, key)
    for (const counter of counters) {
      t.is((await counter.look(key)).events, LIMIT)
      t.true((await counter.add(key, LIMIT)).resetMs > 0)
    }
  }
})

test('a busy key costs a message for many requests, a quiet one a message each', async (t) => {
  let nowMs = 1_000_000
  const now = () => nowMs
  let messages = 0
  const channel = channelTo(createMachineCounts(2, now), () => {
    messages += 1
  })
  const counter = createLeasedCounter({ ...place, channel, now })
  const events: number[] = []
  for (let at = 0; at < 2_000; at += 1) events.push((await counter.add('busy', 1_000_000)).events)
  t.true(messages < 12, `${messages} messages`)
  t.deepEqual(
    events.filter((count, at) => at > 0 && count <= (events[at - 1] ?? 0)),
    [],
  )
  messages = 0
  for (let at = 0; at < 5; at += 1) {
    nowMs += 1_000
    await counter.add('quiet', 1_000_000)
  }
  t.is(messages, 5)
})

test('a window ends with all that is held of it, and an event that is taken back counts no more', async (t) => {
  let nowMs = 1_000_000
  const now = () => nowMs
  const counts = createMachineCounts(2, now)
  const [one, two] = [0, 1].map(() => createLeasedCounter({ ...place, channel: channelTo(counts), now }))
  for (let at = 0; at < 20; at += 1) await one?.add('key', 50)
  const held = await two?.look('key')
  t.true((held?.events ?? 0) >= 20)
  // A quarter of the limit at most is held by both together.
  t.true((held?.events ?? 0) <= 20 + 50 / 8)
  nowMs += 60_000
  t.deepEqual(await two?.look('key'), { events: 0, resetMs: 0 })
  t.is((await one?.add('key', 2))?.events, 1)
  t.is((await two?.add('key', 2))?.events, 2)
  t.true(((await two?.add('key', 2))?.events ?? 0) > 2)
  one?.remove('key')
  nowMs += 150
  await until('it is given back', () => {
    const { events } = counts.look({ counter: place.name, windowSeconds: place.windowSeconds, key: 'key' })
    return events === 1
  })
  t.is((await two?.add('key', 2))?.events, 2)
})

test('a primary that does not answer refuses no request', async (t) => {
  const channel: Pick<Channel, 'ask'> = { ask: () => Promise.reject(new Error('No answer.')) }
  const counter = createLeasedCounter({ ...place, channel })
  const counted = await Promise.all(Array.from({ length: 3 }, () => counter.add('key', 2)))
  t.deepEqual(
    counted.map(({ events }) => events),
    [1, 2, 3],
  )
  t.is((await counter.look('key')).events, 3)
})
