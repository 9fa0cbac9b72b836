// Loads data for a playground, and again when the identity of requests changes. Not in the query cache: the
// session must not see what a pasted key can see.

import { useCallback, useEffect, useState } from 'react'

export interface Loaded<Value> {
  readonly value: Value | null
  readonly error: unknown
  readonly retry: () => void
}

/** @param load must be stable: a new function loads again. */
export const useLoaded = <Value>(load: () => Promise<Value>): Loaded<Value> => {
  const [state, setState] = useState<{ readonly value: Value | null; readonly error: unknown }>({
    value: null,
    error: null,
  })
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt loads the same once more.
  useEffect(() => {
    let isCurrent = true
    const settle = (value: Value | null, error: unknown) => {
      if (isCurrent) setState({ value, error })
    }
    load().then(
      (value) => settle(value, null),
      (error: unknown) => settle(null, error),
    )
    return () => {
      isCurrent = false
    }
  }, [load, attempt])
  const retry = useCallback(() => setAttempt((before) => before + 1), [])
  return { ...state, retry }
}
