// The form of a dialog: inputs, the error of its mutation, Cancel and a submit button.

import { Stack } from '@mantine/core'
import type { UseMutationResult } from '@tanstack/react-query'
import type { ReactNode, Ref } from 'react'
import { FailureAlert } from './failureAlert.tsx'
import { Form } from './form.tsx'
import { FormButtons } from './formButtons.tsx'
import { useUnsavedInput } from './unsaved.tsx'

export interface DialogFormProps {
  /** Label of the submit button: a verb and its object. */
  readonly action: string
  readonly mutation: Pick<UseMutationResult, 'error' | 'isPending'>
  /** Everything typed so far, to ask before it is discarded. */
  readonly input: unknown
  /** Where the safe choice comes first. */
  readonly focusesCancel?: boolean
  readonly ref?: Ref<HTMLFormElement>
  readonly onSubmit: () => unknown
  readonly onCancel: () => void
  readonly children: ReactNode
}

export const DialogForm = ({
  action,
  mutation,
  input,
  focusesCancel = false,
  children,
  onCancel,
  ...form
}: DialogFormProps) => {
  useUnsavedInput(input)
  return (
    <Form
      {...form}
      isSaving={mutation.isPending}
      end={
        <>
          <FailureAlert failure={mutation.error} />
          <FormButtons
            action={action}
            isBusy={mutation.isPending}
            focusesCancel={focusesCancel}
            onCancel={onCancel}
          />
        </>
      }
    >
      <Stack>{children}</Stack>
    </Form>
  )
}
