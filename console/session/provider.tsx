// Provides the session and the API client. A 401 of any request ends the session, so that the app shows the
// sign-in page and keeps the place.

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
import { type Credential, readSession, SESSION_PATH, type Session } from './session.ts'

type SessionState =
  /** Before the gateway answers. */
  | { readonly status: 'unknown' }
  | { readonly status: 'unreachable'; readonly failure: Failure }
  /** `hasEnded`: the session expired, rather than the user signing out. */
  | { readonly status: 'out'; readonly hasEnded: boolean }
  | { readonly status: 'in'; readonly session: Session }

interface SessionActions {
  readonly signIn: (credential: Credential) => Promise<void>
  readonly signOut: () => Promise<void>
  /** Loads the session again. */
  readonly refresh: () => Promise<void>
}

interface SessionControls extends SessionActions {
  readonly state: SessionState
  readonly api: Api
  readonly playgroundKey: ReturnType<typeof createPlaygroundKeyStore>
}

const SessionContext = createContext<SessionControls | null>(null)

const useControls = (): SessionControls => {
  const controls = useContext(SessionContext)
  if (controls === null) throw new Error('This part of the console needs a SessionProvider.')
  return controls
}

const endSession = async (api: Api): Promise<void> => {
  try {
    await api.rest('DELETE', SESSION_PATH)
  } catch (error) {
    // A 401 means that the session is over. After any other error it is still open, which the user must
    // learn.
    if (!(error instanceof Failure) || error.status !== 401) throw error
  }
}

/** The state of the session, and the API client whose requests carry its CSRF token. */
const useClient = (onEnter: () => void) => {
  const [state, setState] = useState<SessionState>({ status: 'unknown' })
  // A ref: requests read the token when they are sent, which can be after the render that made them.
  const csrfToken = useRef<string | null>(null)
  const show = useCallback((next: SessionState) => {
    // A session outlives an unreachable gateway.
    if (next.status !== 'unreachable')
      csrfToken.current = next.status === 'in' ? next.session.csrfToken : null
    setState(next)
  }, [])
  const enter = useCallback(
    (next: SessionState) => {
      onEnter()
      show(next)
    },
    [onEnter, show],
  )
  const api = useMemo(
    () =>
      createApi({
        csrfToken: () => csrfToken.current,
        onSignedOut: () => {
          if (csrfToken.current !== null) enter({ status: 'out', hasEnded: true })
          // The first refused request of several has already ended the session.
          else setState((before) => (before.status === 'out' ? before : { status: 'out', hasEnded: false }))
        },
      }),
    [enter],
  )
  return { state, api, show, enter }
}

export const SessionProvider = ({ children }: { readonly children: ReactNode }) => {
  const queries = useQueryClient()
  const [playgroundKey] = useState(createPlaygroundKeyStore)
  // The next session must not see the data of the last one.
  const forget = useCallback(() => {
    queries.clear()
    playgroundKey.set(null)
  }, [queries, playgroundKey])
  const { state, api, show, enter } = useClient(forget)
  const actions = useMemo(
    (): SessionActions => ({
      refresh: async () => {
        try {
          show({ status: 'in', session: await readSession(api) })
        } catch (error) {
          const failure = failureOf(error)
          if (failure.status !== 401) show({ status: 'unreachable', failure })
        }
      },
      signIn: async (credential) =>
        enter({ status: 'in', session: await api.rest<Session>('POST', SESSION_PATH, credential) }),
      signOut: async () => {
        await endSession(api)
        enter({ status: 'out', hasEnded: false })
      },
    }),
    [api, show, enter],
  )
  const { refresh } = actions
  useEffect(() => {
    void refresh()
  }, [refresh])
  const controls = useMemo(
    (): SessionControls => ({ state, api, playgroundKey, ...actions }),
    [state, api, playgroundKey, actions],
  )
  return <SessionContext value={controls}>{children}</SessionContext>
}

export const useSessionState = (): SessionState => useControls().state

export const useSessionActions = (): SessionActions => useControls()

export const useApi = (): Api => useControls().api

/** For pages that require a session. */
export const useSession = (): Session => {
  const { state } = useControls()
  if (state.status !== 'in') throw new Error('Not signed in.')
  return state.session
}

/** The key that the playgrounds send, and its setter. */
export const usePlaygroundKey = (): readonly [PlaygroundKey | null, (key: PlaygroundKey | null) => void] => {
  const { playgroundKey } = useControls()
  return [useSyncExternalStore(playgroundKey.subscribe, playgroundKey.get), playgroundKey.set]
}
