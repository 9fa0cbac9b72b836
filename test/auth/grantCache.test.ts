import test from 'ava'
import { createGrantCache } from '../../gateway/auth/grantCache.ts'

interface Row {
  readonly group: string
  readonly reading: number
}

/** A cache over a table whose reads end when the test says so. */
const open = () => {
  const ends: (() => void)[] = []
  let nowMs = 0
  let reading = 0
  const groups = new Map<string, string>()
  const cache = createGrantCache<Row>({
    load: async (id) => {
      reading += 1
      const row = { group: groups.get(id) ?? 'none', reading }
      await new Promise<void>((end) => ends.push(end))
      return row
    },
    maxEntries: 2,
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

test('forgets what a change concerns and keeps the rest', async (t) => {
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
  const cache = createGrantCache<string>({
    load: async () => {
      if (fails) throw new Error('away')
      return 'there'
    },
    maxEntries: 2,
    maxAgeMs: 1000,
    clock: () => 0,
  })
  await t.throwsAsync(cache.get('a'), { message: 'away' })
  fails = false
  t.is(await cache.get('a'), 'there')
})
