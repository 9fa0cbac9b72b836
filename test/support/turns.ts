// Turns of the event loop, counted.

/** Keeps the loop busy until its end. */
export const countTurns = () => {
  let turns = 0
  let isOver = false
  const next = (): void => {
    if (isOver) return
    turns += 1
    setImmediate(next)
  }
  next()
  return {
    /** Since the beginning. */
    count: (): number => turns,
    end: (): void => {
      isOver = true
    },
  }
}
