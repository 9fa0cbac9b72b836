// Guards unsaved input. Forms register it with `useUnsaved`; the console asks before it is lost by closing a
// dialog, following a link, going back or closing the tab.

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { type AroundNavHandler, Router } from 'wouter'
import { useConfirm } from './confirm.tsx'
import { guardHistory } from './history.ts'

interface Unsaved {
  readonly hold: (input: string, dialog: string | null) => void
  readonly release: (input: string) => void
  /**
   * Asks where something would be lost; resolves to whether it may be. @param dialog what is in it, or all
   * there is.
   */
  readonly mayDiscard: (dialog?: string) => Promise<boolean>
}

/** For navigations within a page that take nothing away: options of wouter's `navigate`. */
export const KEEPS_INPUT = { state: { keepsInput: true } } as const

const keepsInput = (state: unknown): boolean =>
  typeof state === 'object' && state !== null && 'keepsInput' in state && state.keepsInput === true

const UnsavedContext = createContext<Unsaved | null>(null)
/** The dialog that an input stands in. */
export const DialogContext = createContext<string | null>(null)

const QUESTION = {
  title: 'Discard what you typed?',
  text: 'It has not been saved.',
  action: 'Discard',
  cancel: 'Keep editing',
  isDangerous: true,
} as const

export const UnsavedProvider = ({ children }: { readonly children: ReactNode }) => {
  const confirm = useConfirm()
  const held = useRef(new Map<string, string | null>())
  const unsaved = useMemo((): Unsaved => {
    const inputsOf = (dialog?: string) =>
      [...held.current].filter(([, at]) => dialog === undefined || at === dialog).map(([input]) => input)
    return {
      hold: (input, dialog) => void held.current.set(input, dialog),
      release: (input) => void held.current.delete(input),
      mayDiscard: async (dialog) => {
        const inputs = inputsOf(dialog)
        if (inputs.length === 0) return true
        const isDiscarded = await confirm(QUESTION)
        if (isDiscarded) for (const input of inputs) held.current.delete(input)
        return isDiscarded
      },
    }
  }, [confirm])

  const aroundNav = useCallback<AroundNavHandler>(
    (navigate, to, options) => {
      // At once where nothing can be lost: what follows a navigation may count on it.
      if (held.current.size === 0 || keepsInput(options?.state)) navigate(to, options)
      else
        void unsaved.mayDiscard().then((may) => {
          if (may) navigate(to, options)
        })
    },
    [unsaved],
  )
  useEffect(
    () =>
      guardHistory({
        isHeld: () => held.current.size > 0,
        mayLeave: () => unsaved.mayDiscard(),
      }),
    [unsaved],
  )
  return (
    <UnsavedContext value={unsaved}>
      <Router aroundNav={aroundNav}>{children}</Router>
    </UnsavedContext>
  )
}

const useUnsavedContext = (): Unsaved => {
  const unsaved = useContext(UnsavedContext)
  if (unsaved === null) throw new Error('This part of the console must stand inside its UnsavedProvider.')
  return unsaved
}

export const useMayDiscard = (): Unsaved['mayDiscard'] => useUnsavedContext().mayDiscard

/**
 * Marks a form as holding something that would be lost.
 * @returns call it when the input is saved, before leading elsewhere.
 */
export const useUnsaved = (isUnsaved: boolean): (() => void) => {
  const { hold, release } = useUnsavedContext()
  const dialog = useContext(DialogContext)
  const input = useId()
  // Before the page changes, so that what is gone asks no questions.
  useLayoutEffect(() => {
    if (isUnsaved) hold(input, dialog)
    else release(input)
    return () => release(input)
  }, [isUnsaved, hold, release, input, dialog])
  return useCallback(() => release(input), [release, input])
}

/** The same for a form that begins as it first was: its input differs from that. */
export const useUnsavedInput = (input: unknown): (() => void) => {
  const text = JSON.stringify(input)
  const [first] = useState(text)
  return useUnsaved(text !== first)
}
