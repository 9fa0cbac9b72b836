// A form whose result is a change: fill in, look at what it would do, apply. In: the fields, and the change that they make at the moment;
// out: two steps in one dialog. A refusal is shown where it can be mended, and what was filled in stays when one goes back.

import { Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode, SubmitEvent } from 'react'
import { Modal } from '../parts/dialog.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { type Change, useChanges } from './change.ts'
import { ChangeReview } from './changeReview.tsx'
import { Faults } from './faults.tsx'

export interface ChangeFormProps {
  /** The change as the fields stand; null while something needed is missing. */
  readonly change: Change | null
  readonly onDone: () => void
  readonly onCancel: () => void
  readonly children: ReactNode
}

export const ChangeForm = ({ change, onDone, onCancel, children }: ChangeFormProps) => {
  const { plan } = useChanges()
  const review = useMutation({
    mutationFn: async (wanted: Change) => ({ change: wanted, plan: await plan(wanted) }),
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (change !== null) review.mutate(change)
  }
  if (review.isSuccess)
    return <ChangeReview {...review.data} backLabel="Back" onBack={review.reset} onDone={onDone} />
  return (
    <form onSubmit={submit}>
      <Stack>
        {children}
        {review.error === null ? null : <Faults error={review.error} />}
        <FormButtons
          action="Review"
          isBusy={review.isPending}
          isDisabled={change === null}
          onCancel={onCancel}
        />
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
