// Collects all faults of a body: runs pieces of work that may each throw a Problem, then throws one Problem
// with all of them in order, each with its code, its field and the record of the batch.

import { type Fault, Problem } from '../../error/problem.ts'

/** The subject of a piece of work. */
export type About = Pick<Fault, 'field' | 'index'>

const faultOf = ({ code, message, options: { subCode, hint } }: Problem): Fault => ({
  code: subCode ?? code,
  message,
  ...(hint === undefined ? {} : { hint }),
})

export interface Faults {
  /** Records a fault of the input; throws other errors. */
  readonly note: (about: About, error: unknown) => void
  /**
   * Runs the work and records faults of the input; returns undefined then. Other errors, refused permissions
   * too, pass through.
   */
  readonly catch: <Result>(about: About, work: () => Result) => Result | undefined
  /** Throws the recorded faults. */
  readonly check: () => void
}

/** The first fault with all of them below. */
const together = (first: Problem, faults: readonly Fault[], index: number | undefined): Problem => {
  const { options } = first
  return new Problem(first.code, first.message, {
    ...options,
    faults,
    ...(index === undefined ? {} : { facts: { ...options.facts, index } }),
    cause: first,
  })
}

export const createFaults = (): Faults => {
  const noted: Fault[] = []
  let first: Problem | undefined
  let index: number | undefined
  const note = (about: About, error: unknown): void => {
    if (!(error instanceof Problem) || error.code !== 'BAD_USER_INPUT') throw error
    first ??= error
    if (noted.length === 0) index = about.index
    for (const fault of error.options.faults ?? [faultOf(error)]) noted.push({ ...about, ...fault })
  }
  return {
    note,
    catch: (about, work) => {
      try {
        return work()
      } catch (error) {
        note(about, error)
        return undefined
      }
    },
    check: () => {
      if (first !== undefined) throw together(first, noted, index)
    },
  }
}

/**
 * Runs the work for each item and throws the faults of all of them. Valid input is the rule, so that nothing
 * is made for it: a batch has thousands of values.
 */
export const forEachOf = <Item>(
  items: Iterable<Item>,
  work: (item: Item) => void,
  aboutOf: (item: Item, index: number) => About,
): void => {
  let faults: Faults | undefined
  let index = 0
  for (const item of items) {
    try {
      work(item)
    } catch (error) {
      faults ??= createFaults()
      faults.note(aboutOf(item, index), error)
    }
    index += 1
  }
  faults?.check()
}

/** Runs the work for each record of a batch. A batch of one has no positions. */
export const eachRecord = <Item, Result>(items: readonly Item[], work: (item: Item) => Result): Result[] => {
  const results: Result[] = []
  forEachOf(
    items,
    (item) => results.push(work(item)),
    (_, index) => (items.length > 1 ? { index } : {}),
  )
  return results
}
