// The heaviest keys of a stream in bounded memory: space-saving (Metwally, Agrawal and El Abbadi, 2005). A
// key that arrives while all counters are taken gets the smallest one, and starts from its count. So a count
// is never too small, and too large by at most `excess`.

export interface Heavy {
  readonly key: string
  readonly count: number
  readonly excess: number
}

export interface Sketch {
  readonly add: (key: string, weight: number) => void
  /** In no order. */
  readonly entries: () => readonly Heavy[]
}

const smallestOf = (counts: Float64Array): number => {
  let smallest = 0
  for (let index = 1; index < counts.length; index += 1)
    if ((counts[index] ?? 0) < (counts[smallest] ?? 0)) smallest = index
  return smallest
}

/** @param most number of counters */
export const createSketch = (most: number): Sketch => {
  const keys: string[] = []
  const places = new Map<string, number>()
  const counts = new Float64Array(most)
  const excesses = new Float64Array(most)

  const placeFor = (key: string): number => {
    const isFull = keys.length === most
    const place = isFull ? smallestOf(counts) : keys.length
    if (isFull) {
      places.delete(keys[place] ?? '')
      excesses[place] = counts[place] ?? 0
    }
    keys[place] = key
    places.set(key, place)
    return place
  }

  return Object.freeze({
    add: (key: string, weight: number): void => {
      if (weight <= 0) return
      const place = places.get(key) ?? placeFor(key)
      counts[place] = (counts[place] ?? 0) + weight
    },
    entries: () =>
      keys.map((key, place): Heavy => ({ key, count: counts[place] ?? 0, excess: excesses[place] ?? 0 })),
  })
}
