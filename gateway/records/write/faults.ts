// All that is wrong with a body, at once. In: pieces of work that may each throw a Problem; out: nothing, or
// one Problem that lists what they threw, in order, each with its code, its field and the record of the batch
// that it is about.

import { type Fault, Problem } from '../../error/problem.ts'

/** What a piece of work was about. */
export type About = Pick<Fault, 'field' | 'index'>

const faultOf = ({ code, message, options: { subCode, hint } }: Problem): Fault => ({
  code: subCode ?? code,
  message,
  ...(hint === undefined ? {} : { hint }),
})

export interface Faults {
  /**
   * Runs the work and notes what it finds wrong with the input; undefined then. Other errors, refused
   * permissions too, pass.
   */
  readonly catch: <Result>(about: About, work: () => Result) => Result | undefined
  /** Throws what was noted. */
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

/** Work for each record of a batch. A batch of one is the record itself. */
export const eachRecord = <Item, Result>(items: readonly Item[], work: (item: Item) => Result): Result[] => {
  const faults = createFaults()
  const results = items.flatMap((item, index) => {
    const result = faults.catch(items.length > 1 ? { index } : {}, () => [work(item)])
    return result ?? []
  })
  faults.check()
  return results
}
