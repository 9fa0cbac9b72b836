import test from 'ava'
import fc from 'fast-check'
import { createLoadingCache, MAX_ROUNDS, watchedBy } from '../../gateway/cache/loadingCache.ts'

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

/** The cache's own timer never fires in a test. */
const LONG_MS = 1_000_000_000
const KEYS = ['a', 'b'] as const
type Key = (typeof KEYS)[number]

interface Step {
  readonly does: 'get' | 'change' | 'changeAll' | 'pass' | 'readAgain'
  readonly key: Key
}

const step: fc.Arbitrary<Step> = fc.record({
  does: fc.oneof(
    { weight: 5, arbitrary: fc.constant<Step['does']>('get') },
    { weight: 3, arbitrary: fc.constant<Step['does']>('change') },
    { weight: 1, arbitrary: fc.constant<Step['does']>('changeAll') },
    { weight: 3, arbitrary: fc.constant<Step['does']>('pass') },
    { weight: 3, arbitrary: fc.constant<Step['does']>('readAgain') },
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
  let nowMs = 0
  const query = async (what: string): Promise<Readonly<Record<string, number>>> => {
    attempts += 1
    const fails = failures[attempts - 1] === true
    await scheduler.schedule(Promise.resolve(), `query of ${what} runs`)
    const found = { ...versions }
    await scheduler.schedule(Promise.resolve(), `answer of ${what} arrives`)
    if (fails) throw new Error('away')
    return found
  }
  const cache = createLoadingCache<number>({
    load: async (id) => {
      reads[id === 'a' ? 'a' : 'b'] += 1
      return (await query(id))[id] ?? 0
    },
    loadMany: async (ids) => {
      const found = await query(ids.join(' and '))
      return (id) => found[id] ?? 0
    },
    cache: { name: 'rows', maxBytes: 10 },
    bytesOf: () => 1,
    maxAgeMs: LONG_MS,
    clock: () => nowMs,
  })
  const pass = (): void => {
    nowMs += 0.8 * LONG_MS
  }
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
  return { cache, versions, reads, change, ask, pass }
}

test('in any order, callers get a value newer than every change they could know of', async (t) => {
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(step, { minLength: 1, maxLength: 25 }),
    fc.array(fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)), { maxLength: 10 }),
    fc.boolean(),
    async (scheduler, steps, failures, startsInUse) => {
      const { cache, versions, reads, change, ask, pass } = openScheduled(scheduler, failures)
      if (startsInUse) {
        // Loaded, used, and due to be read again.
        for (const _ of ['load', 'use']) {
          for (const key of KEYS) cache.get(key).catch(() => undefined)
          await scheduler.waitIdle()
        }
        pass()
      }
      const asked: Asked[] = []
      const changes: Promise<void>[] = []
      for (const { does, key } of steps) {
        scheduler.schedule(Promise.resolve(), `${does} ${key}`).then(() => {
          if (does === 'get') asked.push(ask(key))
          else if (does === 'pass') pass()
          else if (does === 'readAgain') cache.readAgain().catch(() => undefined)
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

/** A cache whose entries are read again; counts the reads of one key and of many. */
const openRereading = (fails = (): boolean => false) => {
  let nowMs = 0
  const alone: string[] = []
  const together: (readonly string[])[] = []
  const cache = createLoadingCache<string>({
    load: async (key) => {
      alone.push(key)
      return `${key} at ${nowMs}`
    },
    loadMany: async (keys) => {
      together.push(keys)
      if (fails()) throw new Error('away')
      const readAtMs = nowMs
      return (key) => `${key} at ${readAtMs}`
    },
    cache: { name: 'rows', maxBytes: 1_000 },
    bytesOf: () => 1,
    maxAgeMs: LONG_MS,
    clock: () => nowMs,
  })
  return {
    cache,
    alone,
    together,
    pass: (share: number) => {
      nowMs += share * LONG_MS
    },
  }
}

test('entries in use are read again together, before their callers would wait', async (t) => {
  const { cache, alone, together, pass } = openRereading()
  for (const key of ['used', 'also used', 'unused']) await cache.get(key)
  pass(0.5)
  for (const key of ['used', 'also used']) await cache.get(key)
  await cache.readAgain()
  t.deepEqual(together, [], 'none is old')
  pass(0.3)
  await cache.readAgain()
  t.deepEqual(together, [['used', 'also used']])
  pass(0.4)
  t.is(await cache.get('used'), `used at ${0.8 * LONG_MS}`)
  t.is(await cache.get('also used'), `also used at ${0.8 * LONG_MS}`)
  t.deepEqual(alone, ['used', 'also used', 'unused'])
  t.is(await cache.get('unused'), `unused at ${1.2 * LONG_MS}`, 'its caller waits')
  pass(0.7)
  await cache.readAgain()
  t.deepEqual(together.slice(1), [['used', 'also used']], 'used since')
  pass(1)
  await cache.readAgain()
  t.is(together.length, 2, 'unused since')
})

test('many entries are read again in several round trips', async (t) => {
  const { cache, together, pass } = openRereading()
  const keys = Array.from({ length: 450 }, (_, index) => `key ${index}`)
  for (const key of [...keys, ...keys]) await cache.get(key)
  pass(0.9)
  await Promise.all([cache.readAgain(), cache.readAgain()])
  t.deepEqual(together.flat(), keys)
  t.true(together.every(({ length }) => length <= 200))
})

test('entries that cannot be read again stay until they are too old, and are tried again', async (t) => {
  let fails = true
  const { cache, alone, together, pass } = openRereading(() => fails)
  await cache.get('a')
  await cache.get('a')
  pass(0.8)
  await t.throwsAsync(cache.readAgain(), { message: 'away' })
  t.is(await cache.get('a'), 'a at 0')
  fails = false
  await cache.readAgain()
  pass(0.5)
  t.is(await cache.get('a'), `a at ${0.8 * LONG_MS}`)
  t.deepEqual([alone, together], [['a'], [['a'], ['a']]])
  cache.close()
  pass(0.4)
  await cache.readAgain()
  t.is(together.length, 2, 'closed')
})

test('a read or a change in the meantime counts more than reading entries again', async (t) => {
  let version = 1
  let isTolerated = false
  let answer = (): void => undefined
  let nowMs = 0
  const read = async (): Promise<number> => version
  const cache = createLoadingCache<number>({
    load: read,
    loadMany: async () => {
      const found = await read()
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      return () => found
    },
    cache: { name: 'rows', maxBytes: 10 },
    bytesOf: () => 1,
    maxAgeMs: LONG_MS,
    clock: () => nowMs,
    isWatched: watchedBy(
      () => true,
      () => isTolerated,
    ),
  })
  const readAgain = async (meanwhile: () => unknown): Promise<void> => {
    await cache.get('a')
    nowMs += 0.8 * LONG_MS
    const reading = cache.readAgain()
    await new Promise(setImmediate)
    version += 1
    await meanwhile()
    answer()
    await reading
  }
  await cache.get('a')
  await readAgain(() => cache.get('a', 0))
  t.is(await cache.get('a'), 2, 'another read')
  await readAgain(() => cache.forgetKey('a'))
  t.is(await cache.get('a'), 3, 'a change')
  await readAgain(() => {
    isTolerated = true
    cache.forgetKey('a')
  })
  isTolerated = false
  nowMs += 0.3 * LONG_MS
  t.is(await cache.get('a'), 4, 'a change during an outage, when entries stay')
})
