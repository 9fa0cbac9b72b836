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
import { useConfirm } from '../parts/confirm.tsx'
import { guardHistory } from './history.ts'

interface Unsaved {
  readonly hold: (input: string, dialog: string | null) => void
  readonly release: (input: string) => void
  /** Asks if input would be lost. @param dialog limits the question to its inputs. */
  readonly mayDiscard: (dialog?: string) => Promise<boolean>
}

/** Options of wouter's `navigate` for navigations that lose no input. */
export const KEEPS_INPUT = { state: { keepsInput: true } } as const

const keepsInput = (state: unknown): boolean =>
  typeof state === 'object' && state !== null && 'keepsInput' in state && state.keepsInput === true

const UnsavedContext = createContext<Unsaved | null>(null)
/** The id of the dialog around an input. */
export const DialogContext = createContext<string | null>(null)

const QUESTION = {
  title: 'Discard unsaved changes?',
  text: 'Your changes will be lost.',
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
      // Synchronous where nothing can be lost: callers may rely on it.
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
  if (unsaved === null) throw new Error('This part of the console needs an UnsavedProvider.')
  return unsaved
}

export const useMayDiscard = (): Unsaved['mayDiscard'] => useUnsavedContext().mayDiscard

/**
 * Registers unsaved input.
 * @returns releases it: call it once the input is saved, before navigating.
 */
export const useUnsaved = (isUnsaved: boolean): (() => void) => {
  const { hold, release } = useUnsavedContext()
  const dialog = useContext(DialogContext)
  const input = useId()
  // A layout effect, so that an unmounted form is released before the next navigation.
  useLayoutEffect(() => {
    if (isUnsaved) hold(input, dialog)
    else release(input)
    return () => release(input)
  }, [isUnsaved, hold, release, input, dialog])
  return useCallback(() => release(input), [release, input])
}

/** The same for input that counts as unsaved while it differs from its first value. */
export const useUnsavedInput = (input: unknown): (() => void) => {
  const text = JSON.stringify(input)
  const [first] = useState(text)
  return useUnsaved(text !== first)
}
