// A small seeded generator of random numbers: the same seed gives the same choices on every machine.

export interface Random {
  /** A whole number from 0 up to, not including, `bound`. */
  readonly below: (bound: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <Value>(from: readonly Value[]) => Value
  /** Between `min` and `max` results of `make`. */
  readonly some: <Value>(min: number, max: number, make: (index: number) => Value) => Value[]
  /** `count` different values, or all where there are fewer. */
  readonly sample: <Value>(from: readonly Value[], count: number) => Value[]
}

/** Mulberry32. */
const createStream = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const createRandom = (seed: number): Random => {
  const next = createStream(seed)
  const below = (bound: number): number => Math.floor(next() * bound)
  const pick: Random['pick'] = (from) => {
    const value = from[below(from.length)]
    if (value === undefined) throw new Error('There is nothing to pick from.')
    return value
  }
  const sample: Random['sample'] = (from, count) => {
    const rest = [...from]
    return Array.from({ length: Math.min(count, rest.length) }, () =>
      rest.splice(below(rest.length), 1),
    ).flat()
  }
  return {
    below,
    chance: (probability) => next() < probability,
    pick,
    sample,
    some: (min, max, make) => Array.from({ length: min + below(max - min + 1) }, (_, index) => make(index)),
  }
}
