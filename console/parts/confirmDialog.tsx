// The dialog of a confirmation. Loaded with the first question.

import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { type SubmitEvent, useEffect, useState } from 'react'
import type { Asked } from './confirm.tsx'
import { useLayer } from './layer.ts'

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

export const ConfirmDialog = ({ asked }: { readonly asked: Asked }) => {
  const [shown, setShown] = useState<Asked | null>(null)
  const [isOpen, setIsOpen] = useState(false)
  // Opens after its first render: Mantine returns focus only where it has seen the dialog closed.
  useEffect(() => {
    setShown(asked)
    setIsOpen(true)
  }, [asked])
  const answer = (isConfirmed: boolean) => {
    shown?.answer(isConfirmed)
    setIsOpen(false)
  }
  const zIndex = useLayer(isOpen, () => answer(false))
  return (
    <Modal
      opened={isOpen}
      zIndex={zIndex}
      closeOnEscape={false}
      onClose={() => answer(false)}
      onExitTransitionEnd={() => setShown(null)}
      title={shown?.title}
    >
      {shown === null ? null : <Form asked={shown} onAnswer={answer} />}
    </Modal>
  )
}
