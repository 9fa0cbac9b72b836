// A form whose result is a change: fill in, look at what it would do, apply. In: the fields, and the change
// that they make at the moment; out: two steps in one dialog. A refusal is shown where it can be mended, and
// what was filled in stays when one goes back.

import { Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Modal } from '../parts/dialog.tsx'
import { Form } from '../parts/form.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useUnsavedInput } from '../parts/unsaved.tsx'
import { type Change, useChanges } from './change.ts'
import { ChangeReview } from './changeReview.tsx'
import { Faults } from './faults.tsx'

export interface ChangeFormProps {
  /** The change as the fields stand; null while something needed is missing, or nothing differs. */
  readonly change: Change | null
  /** What was filled in, to be asked about before it is discarded. */
  readonly input: unknown
  /** What is missing beside what the fields say themselves. */
  readonly faults?: readonly string[]
  readonly onDone: () => void
  readonly onCancel: () => void
  readonly children: ReactNode
}

export const ChangeForm = ({ change, input, faults = [], onDone, onCancel, children }: ChangeFormProps) => {
  const { plan } = useChanges()
  const review = useMutation({
    mutationFn: async (wanted: Change) => ({ change: wanted, plan: await plan(wanted) }),
  })
  useUnsavedInput(input)
  const submit = () => {
    if (change !== null) review.mutate(change)
  }
  if (review.isSuccess)
    return <ChangeReview {...review.data} backLabel="Back" onBack={review.reset} onDone={onDone} />
  return (
    <Form
      onSubmit={submit}
      faults={faults}
      isUnchanged={change === null}
      end={
        <>
          {review.error === null ? null : <Faults error={review.error} />}
          <FormButtons action="Review" isBusy={review.isPending} onCancel={onCancel} />
        </>
      }
    >
      <Stack>{children}</Stack>
    </Form>
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
