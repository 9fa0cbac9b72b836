// Confirmations: `await confirm({…})` resolves to true or false. Irreversible actions require a name to be
// typed.

import { type ComponentType, createContext, type ReactNode, useCallback, useContext, useState } from 'react'

export interface Question {
  readonly title: string
  readonly text: ReactNode
  /** Label of the confirming button: a verb and its object. */
  readonly action: string
  /** Label of the other button; “Cancel” by default. */
  readonly cancel?: string
  readonly isDangerous?: boolean
  /** Must be typed before the button is enabled. */
  readonly typed?: string
}

type Confirm = (question: Question) => Promise<boolean>

const ConfirmContext = createContext<Confirm | null>(null)

export interface Asked extends Question {
  readonly answer: (isConfirmed: boolean) => void
}

type Dialog = ComponentType<{ readonly asked: Asked }>

/** Null where its code cannot be loaded. */
const loadDialog = (): Promise<Dialog | null> =>
  import('./confirmDialog.tsx').then(
    ({ ConfirmDialog }) => ConfirmDialog,
    () => null,
  )

export const ConfirmProvider = ({ children }: { readonly children: ReactNode }) => {
  const [asked, setAsked] = useState<Asked | null>(null)
  const [Loaded, setLoaded] = useState<Dialog | null>(null)
  const confirm = useCallback<Confirm>(async (question) => {
    const dialog = await loadDialog()
    // Offline, the browser's own dialog asks; it cannot ask for a name.
    if (dialog === null) return question.typed === undefined && window.confirm(question.title)
    setLoaded(() => dialog)
    return new Promise((resolve) => {
      setAsked({ ...question, answer: resolve })
    })
  }, [])
  return (
    <ConfirmContext value={confirm}>
      {children}
      {Loaded === null || asked === null ? null : <Loaded asked={asked} />}
    </ConfirmContext>
  )
}

export const useConfirm = (): Confirm => {
  const confirm = useContext(ConfirmContext)
  if (confirm === null) throw new Error('This part of the console needs a ConfirmProvider.')
  return confirm
}
