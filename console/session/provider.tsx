// The session and what hangs on it: the API client and the cache of what it answered. In: the page's
// children; out: contexts for them. A 401 of any request ends the session here, so that the application shows
// the sign-in page with the place kept.

import { useQueryClient } from '@tanstack/react-query'
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import { type Api, createApi } from '../api/api.ts'
import { Failure, failureOf } from '../api/failure.ts'
import { createPlaygroundKeyStore, type PlaygroundKey } from '../api/playgroundKey.ts'
import type { Credential, Session } from './session.ts'

/** `unknown` until the gateway was asked. */
export type SessionState =
  | { readonly status: 'unknown' }
  | { readonly status: 'unreachable'; readonly failure: Failure }
  /** `hasEnded` where somebody was in, and did not choose to leave. */
  | { readonly status: 'out'; readonly hasEnded: boolean }
  | { readonly status: 'in'; readonly session: Session }

interface SessionControls {
  readonly state: SessionState
  readonly api: Api
  readonly signIn: (credential: Credential) => Promise<void>
  readonly signOut: () => Promise<void>
  /** Asks the gateway again who is signed in. */
  readonly refresh: () => Promise<void>
  readonly playgroundKey: ReturnType<typeof createPlaygroundKeyStore>
}

const SessionContext = createContext<SessionControls | null>(null)

const useControls = (): SessionControls => {
  const controls = useContext(SessionContext)
  if (controls === null) throw new Error('This part of the console must stand inside its SessionProvider.')
  return controls
}

export const SessionProvider = ({ children }: { readonly children: ReactNode }) => {
  const queries = useQueryClient()
  const [state, setState] = useState<SessionState>({ status: 'unknown' })
  // Read by requests at the time they are sent, which is not always the time they were made.
  const csrfToken = useRef<string | null>(null)
  const [playgroundKey] = useState(createPlaygroundKeyStore)

  const enter = useCallback(
    (next: SessionState) => {
      csrfToken.current = next.status === 'in' ? next.session.csrfToken : null
      // What one session has seen is not for the next.
      queries.clear()
      playgroundKey.set(null)
      setState(next)
    },
    [queries, playgroundKey],
  )

  const api = useMemo(
    () =>
      createApi({
        csrfToken: () => csrfToken.current,
        onSignedOut: () => {
          if (csrfToken.current !== null) enter({ status: 'out', hasEnded: true })
          // Of several requests that are refused, the first one ended it.
          else setState((before) => (before.status === 'out' ? before : { status: 'out', hasEnded: false }))
        },
      }),
    [enter],
  )

  const refresh = useCallback(async () => {
    try {
      const session = await api.rest<Session>('GET', '/console/session')
      csrfToken.current = session.csrfToken
      setState({ status: 'in', session })
    } catch (error) {
      const failure = failureOf(error)
      if (failure.status !== 401) setState({ status: 'unreachable', failure })
    }
  }, [api])

  useEffect(() => {
    void refresh()
  }, [refresh])

  const controls = useMemo(
    (): SessionControls => ({
      state,
      api,
      refresh,
      playgroundKey,
      signIn: async (credential) => {
        enter({ status: 'in', session: await api.rest<Session>('POST', '/console/session', credential) })
      },
      signOut: async () => {
        try {
          await api.rest('DELETE', '/console/session')
        } catch (error) {
          // Already ended is as good; whatever else happened, the user must hear that the session lives on.
          if (!(error instanceof Failure) || error.status !== 401) throw error
        }
        enter({ status: 'out', hasEnded: false })
      },
    }),
    [state, api, refresh, enter, playgroundKey],
  )
  return <SessionContext value={controls}>{children}</SessionContext>
}

export const useSessionState = (): SessionState => useControls().state

export const useSessionActions = (): Pick<SessionControls, 'signIn' | 'signOut' | 'refresh'> => useControls()

export const useApi = (): Api => useControls().api

/** The session, on pages that only the signed-in see. */
export const useSession = (): Session => {
  const { state } = useControls()
  if (state.status !== 'in') throw new Error('Nobody is signed in.')
  return state.session
}

/** The key that the playgrounds send, and how to give them another. */
export const usePlaygroundKey = (): readonly [PlaygroundKey | null, (key: PlaygroundKey | null) => void] => {
  const { playgroundKey } = useControls()
  return [useSyncExternalStore(playgroundKey.subscribe, playgroundKey.get), playgroundKey.set]
}
