// Confirmation dialog: `await confirm({…})` resolves to true or false. Irreversible actions require a name to
// be typed.

import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { createContext, type ReactNode, type SubmitEvent, useCallback, useContext, useState } from 'react'
import { useLayer } from './layer.ts'

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

export type Confirm = (question: Question) => Promise<boolean>

const ConfirmContext = createContext<Confirm | null>(null)

interface Asked extends Question {
  readonly answer: (isConfirmed: boolean) => void
}

const Form = ({ asked, onAnswer }: { readonly asked: Asked; readonly onAnswer: (yes: boolean) => void }) => {
  const [typed, setTyped] = useState('')
  const isReady = asked.typed === undefined || typed.trim() === asked.typed
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (isReady) onAnswer(true)
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text component="div">{asked.text}</Text>
        {asked.typed === undefined ? null : (
          <TextInput
            data-autofocus
            label={`Type “${asked.typed}” to confirm`}
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button
            variant="default"
            {...(asked.typed === undefined ? { 'data-autofocus': true } : {})}
            onClick={() => onAnswer(false)}
          >
            {asked.cancel ?? 'Cancel'}
          </Button>
          <Button type="submit" disabled={!isReady} {...(asked.isDangerous === true ? { color: 'red' } : {})}>
            {asked.action}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

export const ConfirmProvider = ({ children }: { readonly children: ReactNode }) => {
  const [asked, setAsked] = useState<Asked | null>(null)
  const [isOpen, setIsOpen] = useState(false)
  const confirm = useCallback<Confirm>(
    (question) =>
      new Promise((resolve) => {
        setAsked({ ...question, answer: resolve })
        setIsOpen(true)
      }),
    [],
  )
  const answer = (isConfirmed: boolean) => {
    asked?.answer(isConfirmed)
    setIsOpen(false)
  }
  const zIndex = useLayer(isOpen, () => answer(false))
  return (
    <ConfirmContext value={confirm}>
      {children}
      <Modal
        opened={isOpen}
        zIndex={zIndex}
        closeOnEscape={false}
        onClose={() => answer(false)}
        onExitTransitionEnd={() => setAsked(null)}
        title={asked?.title}
      >
        {asked === null ? null : <Form asked={asked} onAnswer={answer} />}
      </Modal>
    </ConfirmContext>
  )
}

export const useConfirm = (): Confirm => {
  const confirm = useContext(ConfirmContext)
  if (confirm === null) throw new Error('This part of the console needs a ConfirmProvider.')
  return confirm
}
