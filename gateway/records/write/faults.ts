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
  return {
    catch: (about, work) => {
      try {
        return work()
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'BAD_USER_INPUT') throw error
        first ??= error
        if (noted.length === 0) index = about.index
        for (const fault of error.options.faults ?? [faultOf(error)]) noted.push({ ...about, ...fault })
        return undefined
      }
    },
    check: () => {
      if (first !== undefined) throw together(first, noted, index)
    },
  }
}

/** Runs the work for each record of a batch. A batch of one has no positions. */
export const eachRecord = <Item, Result>(items: readonly Item[], work: (item: Item) => Result): Result[] => {
  const faults = createFaults()
  const results = items.flatMap((item, index) => {
    const result = faults.catch(items.length > 1 ? { index } : {}, () => [work(item)])
    return result ?? []
  })
  faults.check()
  return results
}
