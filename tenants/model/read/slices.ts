// Long work in slices: the event loop serves others between two slices. A slice ends after a number of units
// of work, or after a time if that is over first; the units bound its size on every machine alike. All long
// work of a process takes turns: one turn of the event loop continues one, and its time is that of everything
// in slices that the turn has done.

const MAX_SLICE_MS = 10

/** When this turn of the event loop began with work in slices. */
let turnStartMs: number | null = null

const endTurn = (): void => {
  turnStartMs = null
}

const startOfTurn = (): number => {
  if (turnStartMs !== null) return turnStartMs
  setImmediate(endTurn)
  turnStartMs = performance.now()
  return turnStartMs
}

/** Work that waits for a turn of its own, the longest wait first. */
const waiting: (() => void)[] = []

const continueOne = (): void => {
  endTurn()
  waiting.shift()?.()
  if (waiting.length > 0) setImmediate(continueOne)
}

const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(continueOne)
  })

export interface SlicesOptions {
  /** Units of work after which a slice ends. */
  readonly maxUnits: number
  /** A slice of that many units has ended. */
  readonly onSlice?: ((units: number) => void) | undefined
}

export interface Slices {
  /**
   * To be called after each piece of work. Ends the slice if it is full, which is a promise; null otherwise,
   * so that a small piece costs no turn of the queue.
   */
  readonly spend: (units: number) => Promise<void> | null
  /** After the last piece. */
  readonly end: () => void
}

export const createSlices = ({ maxUnits, onSlice }: SlicesOptions): Slices => {
  let units = 0
  startOfTurn()
  const end = (): void => {
    if (units > 0) onSlice?.(units)
    units = 0
  }
  const others = async (): Promise<void> => {
    end()
    await nextTurn()
    startOfTurn()
  }
  return {
    spend: (more) => {
      units += more
      return units >= maxUnits || performance.now() - startOfTurn() > MAX_SLICE_MS ? others() : null
    },
    end,
  }
}

/** Runs steps that yield their units, and returns what they return. */
export const runInSlices = async <Result>(
  steps: Generator<number, Result>,
  slices: Slices,
): Promise<Result> => {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) {
      slices.end()
      return value
    }
    const others = slices.spend(value)
    if (others !== null) await others
  }
}

/**
 * Works on items one after the other.
 * @param work returns its units
 */
export const eachInSlices = async <Item>(
  items: Iterable<Item>,
  slices: Slices,
  work: (item: Item) => number,
): Promise<void> => {
  for (const item of items) {
    const others = slices.spend(work(item))
    if (others !== null) await others
  }
  slices.end()
}
