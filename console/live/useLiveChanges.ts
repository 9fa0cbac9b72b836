// The latest changes of the workspace, as they come.

import { useEffect, useRef, useState } from 'react'
import { useApi } from '../session/provider.tsx'
import { type LiveChange, openChangeStream, type StreamQuery, type StreamState } from './changeStream.ts'

export const MAX_SHOWN = 200
/** Changes within this time are rendered together. */
const RENDER_MS = 100

const CONNECTING: StreamState = { status: 'connecting' }

interface LiveChanges {
  /** Newest first. */
  readonly changes: readonly LiveChange[]
  readonly state: StreamState
  /** Changes are missing in the list. */
  readonly hasGap: boolean
  readonly clear: () => void
  /** Connects again after the stream has ended. */
  readonly reconnect: () => void
}

/** Newest first, without what came twice. */
const merged = (shown: readonly LiveChange[], fresh: readonly LiveChange[]): readonly LiveChange[] => {
  const byPosition = new Map([...fresh.toReversed(), ...shown].map((change) => [change.position, change]))
  return [...byPosition.values()].slice(0, MAX_SHOWN)
}

/** Collects changes and renders them together. */
const useBuffered = () => {
  const [changes, setChanges] = useState<readonly LiveChange[]>([])
  const waiting = useRef<LiveChange[]>([])
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const add = (change: LiveChange): void => {
    waiting.current.push(change)
    timer.current ??= setTimeout(() => {
      const fresh = waiting.current
      waiting.current = []
      timer.current = undefined
      setChanges((shown) => merged(shown, fresh))
    }, RENDER_MS)
  }
  const clear = (): void => {
    waiting.current = []
    setChanges([])
  }
  return { changes, add, clear }
}

/** @param isPaused closes the stream; the next one begins where it was */
export const useLiveChanges = (query: StreamQuery, isPaused: boolean): LiveChanges => {
  const api = useApi()
  const { changes, add, clear } = useBuffered()
  const [state, setState] = useState<StreamState>(CONNECTING)
  const [hasGap, setHasGap] = useState(false)
  const [attempt, setAttempt] = useState(0)
  const position = useRef<string | null>(null)
  const addRef = useRef(add)
  addRef.current = add
  const text = JSON.stringify(query)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt connects again.
  useEffect(() => {
    if (isPaused) return
    setState(CONNECTING)
    return openChangeStream(api, JSON.parse(text), position.current, {
      onChange: (change) => addRef.current(change),
      onPosition: (to) => {
        position.current = to
      },
      onState: setState,
      onReset: () => setHasGap(true),
    })
  }, [api, text, isPaused, attempt])
  return {
    changes,
    state,
    hasGap,
    clear: () => {
      clear()
      setHasGap(false)
    },
    reconnect: () => setAttempt(attempt + 1),
  }
}
