// Shares work between callers who need an answer that is newer than their question.

interface Line<T> {
  readonly running: Promise<T>
  next: Promise<T> | null
}

/**
 * Runs the work of a key once at a time. Calls that arrive during a run share the next one, which begins
 * after the first has succeeded or failed. Holds an entry for each key that is running.
 */
export const createNextRun = <T>(work: (key: string) => Promise<T>): ((key: string) => Promise<T>) => {
  const lines = new Map<string, Line<T>>()
  const begin = (key: string): Promise<T> => {
    const line: Line<T> = { running: work(key), next: null }
    lines.set(key, line)
    const end = (): void => {
      if (line.next === null) lines.delete(key)
    }
    line.running.then(end, end)
    return line.running
  }
  return (key) => {
    const line = lines.get(key)
    if (line === undefined) return begin(key)
    const begun = (): Promise<T> => begin(key)
    line.next ??= line.running.then(begun, begun)
    return line.next
  }
}
