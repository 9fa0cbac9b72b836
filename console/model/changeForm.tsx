// A form that results in a change of the model, as two steps of one dialog: the inputs, then the review of
// the dry run. A refusal is shown with the inputs, which keep their values when the user goes back.

import { Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Form } from '../form/form.tsx'
import { FormButtons } from '../form/formButtons.tsx'
import { useUnsavedInput } from '../form/unsaved.tsx'
import { Modal } from '../parts/dialog.tsx'
import { useApi } from '../session/provider.tsx'
import { type Change, planChange } from './change.ts'
import { ChangeReview } from './changeReview.tsx'
import { Faults } from './faults.tsx'

interface ChangeFormProps {
  /** The change that the inputs make; null while they are incomplete or unchanged. */
  readonly change: Change | null
  /** Everything typed so far, to ask before it is discarded. */
  readonly input: unknown
  /** Faults that belong to no single input. */
  readonly faults?: readonly string[]
  readonly onDone: () => void
  readonly onCancel: () => void
  readonly children: ReactNode
}

export const ChangeForm = ({ change, input, faults = [], onDone, onCancel, children }: ChangeFormProps) => {
  const api = useApi()
  const review = useMutation({
    mutationFn: async (wanted: Change) => ({ change: wanted, plan: await planChange(api, wanted) }),
    meta: { showsFailure: true },
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
      isSaving={review.isPending}
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

interface FormDialogProps {
  readonly title: string
  readonly isOpen: boolean
  readonly onClose: () => void
  /** Rendered afresh each time the dialog opens. */
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
