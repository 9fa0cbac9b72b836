import test from 'ava'
import fc from 'fast-check'
import { createLoadingCache, MAX_ROUNDS } from '../../gateway/cache/loadingCache.ts'

interface Row {
  readonly group: string
  readonly reading: number
}

/** A cache over a table whose reads end on command. */
const open = () => {
  const ends: (() => void)[] = []
  let nowMs = 0
  let reading = 0
  const groups = new Map<string, string>()
  const cache = createLoadingCache<Row>({
    load: async (id) => {
      reading += 1
      const row = { group: groups.get(id) ?? 'none', reading }
      await new Promise<void>((end) => ends.push(end))
      return row
    },
    cache: { name: 'rows', maxBytes: 2 },
    bytesOf: () => 1,
    maxAgeMs: 1000,
    clock: () => nowMs,
  })
  return {
    cache,
    groups,
    readings: () => reading,
    endNext: async () => {
      ends.shift()?.()
      await new Promise(setImmediate)
    },
    pass: (ms: number) => {
      nowMs += ms
    },
    load: async (id: string) => {
      const row = cache.get(id)
      await new Promise(setImmediate)
      while (ends.length > 0) ends.shift()?.()
      return row
    },
  }
}

test('shares one load among all who ask during it', async (t) => {
  const { cache, endNext, readings } = open()
  const asked = [cache.get('a'), cache.get('a'), cache.get('a')]
  await endNext()
  t.deepEqual(new Set(await Promise.all(asked)).size, 1)
  t.is(readings(), 1)
})

test('loads again when the row changes while it is being read', async (t) => {
  const { cache, groups, endNext, readings } = open()
  groups.set('a', 'old')
  const asked = cache.get('a')
  groups.set('a', 'new')
  cache.forget((id) => id === 'a')
  await endNext()
  await endNext()
  t.like(await asked, { group: 'new' })
  t.is(readings(), 2)
  t.like(await cache.get('a'), { group: 'new' })
})

test('does not load again for changes of other rows', async (t) => {
  const { cache, groups, endNext, readings } = open()
  groups.set('a', 'mine')
  const asked = cache.get('a')
  cache.forget((id) => id === 'b')
  cache.forget((_, row) => row.group === 'theirs')
  await endNext()
  t.like(await asked, { group: 'mine' })
  t.is(readings(), 1)
})

test('a change invalidates the values that it concerns and keeps the rest', async (t) => {
  const { cache, groups, load, readings } = open()
  groups.set('a', 'left').set('b', 'right')
  await load('a')
  const kept = await load('b')
  cache.forget((_, row) => row.group === 'left')
  t.is(await cache.get('b'), kept)
  await load('a')
  t.is(readings(), 3)
})

test('reads again after a while, and keeps no more than it may', async (t) => {
  const { load, pass, readings } = open()
  await load('a')
  pass(999)
  await load('a')
  t.is(readings(), 1)
  pass(1)
  await load('a')
  t.is(readings(), 2)
  await load('b')
  await load('c')
  await load('a')
  t.is(readings(), 5)
})

test('does not remember a failure', async (t) => {
  let fails = true
  const cache = createLoadingCache<string>({
    load: async () => {
      if (fails) throw new Error('away')
      return 'there'
    },
    cache: { name: 'rows', maxBytes: 2 },
    bytesOf: () => 1,
    maxAgeMs: 1000,
    clock: () => 0,
  })
  await t.throwsAsync(cache.get('a'), { message: 'away' })
  fails = false
  t.is(await cache.get('a'), 'there')
})

const KEYS = ['a', 'b'] as const
type Key = (typeof KEYS)[number]

interface Step {
  readonly does: 'get' | 'change' | 'changeAll'
  readonly key: Key
}

const step: fc.Arbitrary<Step> = fc.record({
  does: fc.oneof(
    { weight: 5, arbitrary: fc.constant<Step['does']>('get') },
    { weight: 3, arbitrary: fc.constant<Step['does']>('change') },
    { weight: 1, arbitrary: fc.constant<Step['does']>('changeAll') },
  ),
  key: fc.constantFrom(...KEYS),
})

interface Asked {
  readonly key: Key
  /** The version whose change had been announced when it was asked. */
  readonly announced: number
  readonly outcome: Promise<number | Error>
}

/** A cache over versions that change; when reads and announcements happen is up to the scheduler. */
const openScheduled = (scheduler: fc.Scheduler, failures: readonly boolean[]) => {
  const versions: Record<Key, number> = { a: 1, b: 1 }
  const announced: Record<Key, number> = { a: 1, b: 1 }
  const reads: Record<Key, number> = { a: 0, b: 0 }
  let attempts = 0
  const cache = createLoadingCache<number>({
    load: async (id) => {
      const key = id === 'a' ? 'a' : 'b'
      reads[key] += 1
      attempts += 1
      const fails = failures[attempts - 1] === true
      await scheduler.schedule(Promise.resolve(), `query of ${key} runs`)
      const version = versions[key]
      await scheduler.schedule(Promise.resolve(), `answer of ${key} arrives`)
      if (fails) throw new Error('away')
      return version
    },
    cache: { name: 'rows', maxBytes: 10 },
    bytesOf: () => 1,
    maxAgeMs: 1000,
    clock: () => 0,
  })
  const change = async (keys: readonly Key[], forget: () => void): Promise<void> => {
    const made = keys.map((key) => {
      versions[key] += 1
      return versions[key]
    })
    await scheduler.schedule(Promise.resolve(), `change of ${keys.join(' and ')} is announced`)
    for (const [at, key] of keys.entries()) announced[key] = Math.max(announced[key], made[at] ?? 0)
    forget()
  }
  const ask = (key: Key): Asked => ({
    key,
    announced: announced[key],
    outcome: cache.get(key).catch((error: Error) => error),
  })
  return { cache, versions, reads, change, ask }
}

test('in any order, callers get a value newer than every change they could know of', async (t) => {
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(step, { minLength: 1, maxLength: 25 }),
    fc.array(fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)), { maxLength: 10 }),
    async (scheduler, steps, failures) => {
      const { cache, versions, reads, change, ask } = openScheduled(scheduler, failures)
      const asked: Asked[] = []
      const changes: Promise<void>[] = []
      for (const { does, key } of steps) {
        scheduler.schedule(Promise.resolve(), `${does} ${key}`).then(() => {
          if (does === 'get') asked.push(ask(key))
          else if (does === 'change') changes.push(change([key], () => cache.forgetKey(key)))
          else changes.push(change(KEYS, cache.forgetAll))
        })
      }
      await scheduler.waitIdle()
      await Promise.all(changes)
      for (const { key, announced, outcome } of asked) {
        const got = await outcome
        if (typeof got === 'number') t.true(got >= announced, `${key}: ${got} after ${announced}`)
        else t.true(failures.includes(true), got.message)
      }
      // What is kept is the present, and failures are not kept.
      for (const key of KEYS) {
        const before = reads[key]
        const last = cache.get(key).catch(() => cache.get(key))
        await scheduler.waitIdle()
        const settled = await last.catch(() => versions[key])
        t.is(settled, versions[key], key)
        t.true(reads[key] - before <= 2, key)
      }
    },
  )
  await fc.assert(property, { numRuns: 500 })
})

test('a key that changes during every load gives up, for callers from before the last change', async (t) => {
  let reads = 0
  const late: Promise<number>[] = []
  const cache = createLoadingCache<number>({
    load: async () => {
      reads += 1
      const read = reads
      await Promise.resolve()
      if (read <= MAX_ROUNDS) cache.forgetKey('hot')
      if (read === MAX_ROUNDS) late.push(cache.get('hot'))
      return read
    },
    cache: { name: 'rows', maxBytes: 1 },
    bytesOf: () => 1,
    maxAgeMs: 1000,
    clock: () => 0,
  })
  t.is(await cache.get('hot'), MAX_ROUNDS)
  t.is(await late[0], MAX_ROUNDS + 1, 'who asks after the last change starts a load of their own')
  t.is(await cache.get('hot'), MAX_ROUNDS + 1)
  t.is(reads, MAX_ROUNDS + 1)
})

test('while changes are not announced, nothing is older than a second', async (t) => {
  let nowMs = 0
  let reads = 0
  const cache = createLoadingCache<number>({
    load: async () => {
      reads += 1
      return reads
    },
    cache: { name: 'rows', maxBytes: 1 },
    bytesOf: () => 1,
    maxAgeMs: Number.POSITIVE_INFINITY,
    clock: () => nowMs,
  })
  t.is(await cache.get('a'), 1)
  nowMs = 1_000_000
  t.is(await cache.get('a'), 1)
  cache.setAnnounced(false)
  t.is(await cache.get('a'), 2)
  nowMs += 999
  t.is(await cache.get('a'), 2)
  nowMs += 1
  t.is(await cache.get('a'), 3)
  cache.setAnnounced(true)
  nowMs += 1_000_000
  t.is(await cache.get('a'), 3)
})

test('values whose sizes are known are bounded together', async (t) => {
  const cache = createLoadingCache<string>({
    load: async (key) => key.repeat(10),
    cache: { name: 'texts', maxBytes: 25 },
    bytesOf: (text) => text.length,
    maxAgeMs: 1000,
    clock: () => 0,
  })
  for (const key of ['a', 'b', 'c']) await cache.get(key)
  t.is(cache.size(), 2)
})
