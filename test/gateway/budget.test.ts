import test from 'ava'
import { createCacheBudget } from '../../gateway/cache/budget.ts'
import { cacheBytes } from '../../gateway/cache/memory.ts'
import { ConfigError } from '../../gateway/config.ts'

const MB = 1024 * 1024

test('the entry goes that was unused for longest, over all caches', (t) => {
  const budget = createCacheBudget(100)
  const names = budget.open<string, number>({ name: 'names' })
  const texts = budget.open<string, number>({ name: 'texts' })
  names.set('a', 1, 40)
  texts.set('b', 2, 40)
  names.get('a')
  texts.set('c', 3, 40)
  t.is(names.peek('a'), 1)
  t.is(texts.peek('b'), undefined)
  t.is(texts.peek('c'), 3)
  t.is(budget.bytes(), 80)
  t.deepEqual(budget.report(), [
    { name: 'names', entries: 1, bytes: 40, maxBytes: 100, hits: 1, misses: 0, evictions: 0 },
    { name: 'texts', entries: 1, bytes: 40, maxBytes: 100, hits: 0, misses: 0, evictions: 1 },
  ])
})

test('entries of a cache with retention outlive larger ones that were used later', (t) => {
  const budget = createCacheBudget(100)
  const rows = budget.open<string, number>({ name: 'rows', retention: 8 })
  const texts = budget.open<number, number>({ name: 'texts' })
  rows.set('a', 1, 10)
  for (let each = 0; each < 6; each += 1) texts.set(each, each, 20)
  t.is(rows.peek('a'), 1)
  t.is(texts.size(), 4)
  texts.clear()
  texts.set(0, 0, 80)
  for (let each = 0; each < 100; each += 1) texts.get(0)
  texts.set(1, 1, 20)
  t.is(rows.peek('a'), undefined, 'unused for much longer')
  t.is(texts.size(), 2)
})

test('an entry above the bound of its cache or of the budget is not kept', (t) => {
  const budget = createCacheBudget(100)
  const small = budget.open<string, number>({ name: 'small', maxBytes: 10 })
  const large = budget.open<string, number>({ name: 'large' })
  t.true(small.set('a', 1, 10))
  t.false(small.set('a', 2, 11))
  t.is(small.peek('a'), undefined, 'the value before it is not current')
  t.false(large.set('b', 3, 101))
  t.is(budget.bytes(), 0)
})

test('deleted and replaced entries are not evictions, and give back their bytes', (t) => {
  const budget = createCacheBudget(100)
  const evicted: string[] = []
  const cache = budget.open<string, number>({ name: 'numbers', onEvict: (key) => evicted.push(key) })
  cache.set('a', 1, 10)
  cache.set('a', 2, 20)
  cache.set('b', 3, 30)
  cache.delete('b')
  t.is(budget.bytes(), 20)
  cache.clear()
  t.is(budget.bytes(), 0)
  t.deepEqual(evicted, [])
  for (const key of ['c', 'd', 'e']) cache.set(key, 4, 50)
  t.deepEqual(evicted, ['c'])
})

test('a part that entries share counts once, until the last of them goes', (t) => {
  const budget = createCacheBudget(1_000)
  const cache = budget.open<string, number>({ name: 'roles', maxBytes: 100 })
  const part = { content: {}, bytes: 40 }
  cache.set('a', 1, 10, part)
  cache.set('b', 2, 10, part)
  t.is(budget.bytes(), 60)
  cache.delete('a')
  t.is(cache.bytes(), 50, 'the first entry is gone, the second has the part')
  cache.set('b', 3, 10, part)
  cache.grow('b', 5)
  t.is(budget.bytes(), 55)
  t.is(budget.report()[0]?.bytes, 55)
  cache.set('b', 4, 10, { content: {}, bytes: 20 })
  t.is(budget.bytes(), 30, 'the part of the replaced value is gone')
  cache.clear()
  t.is(budget.bytes(), 0)
})

test('shared parts count towards the bound of a cache and of the budget', (t) => {
  const budget = createCacheBudget(150)
  const cache = budget.open<string, number>({ name: 'roles', maxBytes: 100 })
  const partOf = (bytes: number) => ({ content: {}, bytes })
  cache.set('a', 1, 10, partOf(40))
  t.true(cache.set('b', 2, 10, partOf(60)))
  t.is(cache.peek('a'), undefined)
  t.is(cache.bytes(), 70)
  t.false(cache.set('c', 3, 10, partOf(91)))
  t.is(cache.peek('b'), 2, 'an entry above the bound displaces no other')
  budget.open<string, number>({ name: 'texts' }).set('d', 4, 90)
  t.is(cache.size(), 0)
  t.is(budget.bytes(), 90)
})

test('an entry that is not good enough is a miss', (t) => {
  const budget = createCacheBudget(100)
  const cache = budget.open<string, number>({ name: 'numbers' })
  cache.set('a', 1, 10)
  t.is(
    cache.get('a', (value) => value > 1),
    undefined,
  )
  t.like(budget.report()[0], { hits: 0, misses: 1 })
})

test('caches may take two fifths of the heap, a fifth of the container, or what is configured and fits', (t) => {
  t.is(cacheBytes(null, { heapBytes: 628 * MB, containerBytes: null }), 200 * MB)
  t.is(cacheBytes(null, { heapBytes: 3_000 * MB, containerBytes: 500 * MB }), 100 * MB)
  t.is(cacheBytes(null, { heapBytes: 9_000 * MB, containerBytes: null }), 1_024 * MB)
  t.is(cacheBytes(null, { heapBytes: 30 * MB, containerBytes: 30 * MB }), 16 * MB)
  t.is(cacheBytes(64, { heapBytes: 600 * MB, containerBytes: null }), 64 * MB)
  const error = t.throws(() => cacheBytes(500, { heapBytes: 600 * MB, containerBytes: null }))
  t.true(error instanceof ConfigError)
  t.regex(error?.message ?? '', /CACHE_MEMORY_MB is 500; the heap limit of 600 MB leaves room for 420/)
})
