// Something that is loaded when a playground opens, and again when whoever asks for it changes. In: how to
// load it; out: it, or the failure with a way on. Kept out of the pages' cache: what a pasted key may see is
// not for the session that pasted it.

import { useCallback, useEffect, useState } from 'react'

export interface Loaded<Value> {
  readonly value: Value | null
  readonly error: unknown
  readonly retry: () => void
}

/** @param load stable for as long as its result stays true. */
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
