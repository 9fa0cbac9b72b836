import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { createCacheBudget } from '../../gateway/cache/budget.ts'
import { createOwnedCache } from '../../gateway/cache/ownedCache.ts'
import { until } from '../support/until.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

test('each owner has its own values', (t) => {
  const cache = createOwnedCache<object, string>(createCacheBudget(100), { name: 'values' })
  const one = {}
  const other = {}
  cache.set(one, 'constructor', 'of one', 1)
  cache.set(other, 'constructor', 'of the other', 1)
  t.is(cache.get(one, 'constructor'), 'of one')
  t.is(cache.get(other, 'constructor'), 'of the other')
  t.is(cache.get(one, '__proto__'), undefined)
  t.is(cache.get({}, 'constructor'), undefined)
})

test('the least recently used value of all owners goes first', (t) => {
  const cache = createOwnedCache<object, number>(createCacheBudget(100), { name: 'values' })
  const [one, other] = [{}, {}]
  cache.set(one, 'a', 1, 40)
  cache.set(other, 'a', 2, 40)
  cache.get(one, 'a')
  cache.set(other, 'b', 3, 40)
  t.is(cache.get(one, 'a'), 1)
  t.is(cache.get(other, 'a'), undefined)
  t.is(cache.get(other, 'b'), 3)
  t.is(cache.bytes(), 80)
})

test('a replaced value is counted once and stays when its older place is given up', (t) => {
  const cache = createOwnedCache<object, number>(createCacheBudget(100), { name: 'values' })
  const owner = {}
  cache.set(owner, 'a', 1, 60)
  cache.set(owner, 'a', 2, 60)
  t.is(cache.get(owner, 'a'), 2)
  t.is(cache.bytes(), 60)
})

test('a value above the bound is not kept and drives none out', (t) => {
  const cache = createOwnedCache<object, number>(createCacheBudget(100), { name: 'values' })
  const owner = {}
  cache.set(owner, 'small', 1, 10)
  cache.set(owner, 'giant', 2, 101)
  t.is(cache.get(owner, 'giant'), undefined)
  t.is(cache.get(owner, 'small'), 1)
  t.is(cache.bytes(), 10)
})

test('entries of a collected owner are collected with it', async (t) => {
  const cache = createOwnedCache<object, object>(createCacheBudget(100), { name: 'values' })
  const keep = (): WeakRef<object> => {
    const owner = {}
    const value = { owner }
    cache.set(owner, 'a', value, 10)
    return new WeakRef(value)
  }
  const ref = keep()
  await until('the value is collected', async () => {
    await sleep(0)
    collectGarbage()
    return ref.deref() === undefined
  })
  t.is(ref.deref(), undefined)
  await until('its bytes are given back', async () => {
    await sleep(0)
    collectGarbage()
    return cache.bytes() === 0
  })
  t.is(cache.bytes(), 0)
})

test('an owner gives up all its values at once', (t) => {
  const cache = createOwnedCache<object, number>(createCacheBudget(100), { name: 'values' })
  const [one, other] = [{}, {}]
  cache.set(one, 'a', 1, 10)
  cache.set(one, 'b', 2, 10)
  cache.set(other, 'a', 3, 10)
  cache.drop(one)
  t.is(cache.get(one, 'a'), undefined)
  t.is(cache.get(other, 'a'), 3)
  t.is(cache.bytes(), 10)
})
