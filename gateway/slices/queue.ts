// Work in slices that holds much memory, one piece at a time: ten introspections of 300 objects side by side
// would need a gigabyte.

export type Queue = <Result>(work: () => Promise<Result>) => Promise<Result>

export const createQueue = (): Queue => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }
}
