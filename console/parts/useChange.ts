// A change and what follows from it. In: what to do, which questions it makes stale, and what to say; out:
// `change(…)`, which resolves to whether it worked. Failures become messages here, unless the caller shows
// them beside a field itself.

import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { useNotifier } from './notifications.tsx'

export interface ChangeOptions<Input, Output> {
  readonly run: (input: Input) => Promise<Output>
  /** Keys of queries whose answers are no longer true. */
  readonly stale: readonly (readonly unknown[])[]
  readonly done?: (output: Output, input: Input) => string
  /** Instead of a message. */
  readonly onFailure?: (error: unknown) => void
}

export interface Change<Input, Output> {
  /** Null when it failed. */
  readonly change: (input: Input) => Promise<Output | null>
  readonly isBusy: boolean
}

export const useChange = <Input, Output>({
  run,
  stale,
  done,
  onFailure,
}: ChangeOptions<Input, Output>): Change<Input, Output> => {
  const queries = useQueryClient()
  const { notify, notifyFailure } = useNotifier()
  const [running, setRunning] = useState(0)
  const change = useCallback(
    async (input: Input) => {
      setRunning((count) => count + 1)
      try {
        const output = await run(input)
        await Promise.all(stale.map((queryKey) => queries.invalidateQueries({ queryKey })))
        if (done !== undefined) notify({ kind: 'success', title: done(output, input) })
        return output
      } catch (error) {
        if (onFailure === undefined) notifyFailure(error)
        else onFailure(error)
        return null
      } finally {
        setRunning((count) => count - 1)
      }
    },
    [run, stale, done, onFailure, queries, notify, notifyFailure],
  )
  return { change, isBusy: running > 0 }
}
