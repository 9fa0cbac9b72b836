// A form whose result is a change: fill in, look at what it would do, apply. In: the fields, and the change that they make at the moment;
// out: two steps in one dialog. What was filled in stays when one goes back.

import { Button, Group, Modal, Stack } from '@mantine/core'
import { type ReactNode, type SubmitEvent, useState } from 'react'
import type { Change } from './change.ts'
import { ChangeReview } from './changeReview.tsx'

export interface ChangeFormProps {
  /** The change as the fields stand; null while something needed is missing. */
  readonly change: Change | null
  readonly onDone: () => void
  readonly onCancel: () => void
  readonly children: ReactNode
}

export const ChangeForm = ({ change, onDone, onCancel, children }: ChangeFormProps) => {
  const [reviewed, setReviewed] = useState<Change | null>(null)
  const review = (event: SubmitEvent) => {
    event.preventDefault()
    setReviewed(change)
  }
  if (reviewed !== null)
    return (
      <ChangeReview change={reviewed} backLabel="Back" onBack={() => setReviewed(null)} onDone={onDone} />
    )
  return (
    <form onSubmit={review}>
      <Stack>
        {children}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" disabled={change === null}>
            Review
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

export interface FormDialogProps {
  readonly title: string
  readonly isOpen: boolean
  readonly onClose: () => void
  /** Made anew each time that the dialog opens. */
  readonly children: () => ReactNode
}

export const FormDialog = ({ title, isOpen, onClose, children }: FormDialogProps) => (
  <Modal
    opened={isOpen}
    onClose={onClose}
    title={title}
    size="lg"
    closeOnClickOutside={false}
    keepMounted={false}
  >
    {isOpen ? children() : null}
  </Modal>
)
