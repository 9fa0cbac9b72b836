import test from 'ava'
import { createLoadingCache, watchedBy } from '../../gateway/cache/loadingCache.ts'
import { createOutage } from '../../gateway/entry/outage.ts'

const LIMIT_SECONDS = 60

/** A coordinator, the gateway's listener on it, and a cache of values from it. */
const openOutage = (authMaxStaleSeconds = LIMIT_SECONDS) => {
  const state = { isThere: true, isAnswering: true, nowMs: 0, silentSinceMs: 0, probes: 0, loads: 0 }
  const clock = () => state.nowMs
  const outage = createOutage({
    watch: { isAnswering: () => state.isAnswering, silentMs: () => state.nowMs - state.silentSinceMs },
    probe: async () => {
      state.probes += 1
      return state.isThere
    },
    authMaxStaleSeconds,
    clock,
  })
  const cache = createLoadingCache({
    load: async (key: string) => {
      state.loads += 1
      if (!state.isThere) throw new Error('away')
      return `${key}, load ${state.loads}`
    },
    cache: { name: 'test' },
    bytesOf: () => 1,
    maxAgeMs: 1_000,
    isWatched: watchedBy(() => state.isAnswering, outage.isTolerated),
    clock,
  })
  const leave = (): void => {
    Object.assign(state, { isThere: false, isAnswering: false, silentSinceMs: state.nowMs })
  }
  return { state, outage, cache, leave }
}

test('values are used until the limit after the last sign of life of the coordinator, and not beyond', async (t) => {
  const { state, outage, cache, leave } = openOutage()
  t.is(await cache.get('a'), 'a, load 1')
  leave()
  state.nowMs = 30_000
  t.is(await cache.get('a'), 'a, load 1')
  t.true(outage.isTolerated())
  // Known to be away: no load is tried for a value that is there.
  const { loads } = state
  t.is(await cache.get('a'), 'a, load 1')
  t.is(state.loads, loads)
  await t.throwsAsync(cache.get('b'), { message: 'away' })
  // A change that this gateway tries meanwhile fails, and its value stays.
  cache.forgetKey('a')
  cache.forget(() => true)
  t.is(await cache.get('a'), 'a, load 1')
  state.nowMs = LIMIT_SECONDS * 1_000
  t.false(outage.isTolerated())
  await t.throwsAsync(cache.get('a'), { message: 'away' })
  Object.assign(state, { isThere: true, isAnswering: true })
  t.regex(await cache.get('a'), /^a, load/)
  t.false(await outage.isAway())
})

test('a gateway that was idle while the coordinator went uses no value beyond the limit', async (t) => {
  const { state, outage, cache, leave } = openOutage()
  await cache.get('a')
  leave()
  state.nowMs = LIMIT_SECONDS * 1_000
  await t.throwsAsync(cache.get('a'), { message: 'away' })
  t.true(await outage.isAway())
})

test('a silent listener alone is no outage: values are loaded', async (t) => {
  const { state, outage, cache } = openOutage()
  await cache.get('a')
  state.isAnswering = false
  state.nowMs = 5_000
  t.is(await cache.get('a'), 'a, load 2')
  t.false(await outage.isAway())
  t.false(outage.isTolerated())
})

test('after an outage, a listener that is silent again is asked about again', async (t) => {
  const { state, outage, leave } = openOutage()
  leave()
  t.true(await outage.isAway())
  Object.assign(state, { isThere: true, isAnswering: true })
  t.false(await outage.isAway())
  Object.assign(state, { isAnswering: false, nowMs: 60_000 })
  t.false(outage.isTolerated())
  t.false(await outage.isAway())
})

test('with a limit of 0 nothing is tolerated, and the outage is known all the same', async (t) => {
  const { outage, cache, leave, state } = openOutage(0)
  await cache.get('a')
  leave()
  state.nowMs = 1_000
  await t.throwsAsync(cache.get('a'), { message: 'away' })
  t.true(await outage.isAway())
})

test('callers share a probe, and a known outage is answered before the next probe ends', async (t) => {
  const { state, outage, leave } = openOutage()
  leave()
  t.deepEqual(await Promise.all([outage.isAway(), outage.isAway(), outage.isAway()]), [true, true, true])
  t.is(state.probes, 1)
  state.nowMs = 1_000
  state.isThere = true
  t.true(await outage.isAway())
  t.false(await outage.isAway())
  t.is(state.probes, 2)
})
