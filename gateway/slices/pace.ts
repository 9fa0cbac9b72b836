// Lists that GraphQL's executor completes in slices. It completes the items of a list at once, and waits for
// an item that is a promise: items that no slice has room for are promises, kept one after the other.

import { createSlices, type SlicesOptions } from '../../tenants/model/read/slices.ts'

export interface Pace {
  /** The items, or promises of them. An item is a unit of work, beside those of lists below it. */
  readonly list: <Item>(items: readonly Item[]) => readonly (Item | Promise<Item>)[]
  /** After the last list is completed. */
  readonly end: () => void
}

export const createPace = (options: SlicesOptions): Pace => {
  const slices = createSlices(options)
  let waiting: (() => void)[] = []
  let isKeeping = false
  /** In this slice, and of those the ones that are not spent. */
  let [units, unspent] = [0, 0]
  const count = (more: number): void => {
    units += more
    unspent += more
  }
  const spend = (): Promise<void> | null => {
    const others = slices.spend(unspent)
    unspent = 0
    if (others !== null) units = 0
    return others
  }
  const keepAll = async (): Promise<void> => {
    isKeeping = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      for (const keep of batch) {
        const others = spend()
        if (others !== null) await others
        count(1)
        keep()
        // The executor completes the item in the microtask before this one.
        await null
      }
    }
    isKeeping = false
  }
  return {
    list: (items) => {
      if (units + items.length <= options.maxUnits) {
        count(items.length)
        return items
      }
      const promises = items.map(
        (item) => new Promise<typeof item>((resolve) => waiting.push(() => resolve(item))),
      )
      if (!isKeeping) void keepAll()
      return promises
    },
    end: () => {
      spend()
      slices.end()
    },
  }
}
