// Repeatable random numbers: the same seed gives the same draws. Not for secrets.

export interface Random {
  /** At least 0, below 1. */
  readonly fraction: () => number
  /** Both ends inclusive. */
  readonly integer: (from: number, to: number) => number
  readonly pick: <T>(from: readonly T[]) => T
  readonly chance: (probability: number) => boolean
  readonly shuffle: <T>(items: readonly T[]) => readonly T[]
  /** A UUID of version 7 for that moment. */
  readonly uuid: (at: Date) => string
}

/** Turns text into a seed (FNV-1a, 32 bits). */
export const seedOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

/** Mulberry32: 32 bits of state, good enough to look random to people. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (from: number, to: number): number => from + Math.floor(fraction() * (to - from + 1))
  const pick = <T>(from: readonly T[]): T => {
    const picked = from[integer(0, from.length - 1)]
    if (picked === undefined) throw new RangeError('There is nothing to pick from.')
    return picked
  }
  const shuffle = <T>(items: readonly T[]): readonly T[] =>
    items
      .map((item) => ({ item, key: fraction() }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item)
  const hex = (digits: number): string =>
    integer(0, 16 ** digits - 1)
      .toString(16)
      .padStart(digits, '0')
  const uuid = (at: Date): string => {
    const time = at.getTime().toString(16).padStart(12, '0')
    const variant = pick(['8', '9', 'a', 'b'])
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${variant}${hex(3)}-${hex(6)}${hex(6)}`
  }
  return Object.freeze({
    fraction,
    integer,
    pick,
    chance: (probability: number) => fraction() < probability,
    shuffle,
    uuid,
  })
}
