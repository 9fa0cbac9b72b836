// The form of a new or existing webhook: where to, what, and whether a new one is signed.

import { Checkbox, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { DialogForm, type DialogFormProps } from '../form/dialogForm.tsx'
import { EVERYTHING, type Operation, operationOf, textOf } from './operation.ts'
import { OperationsInput } from './operationsInput.tsx'
import type { Webhook, WebhookSettings } from './webhooks.ts'

interface WebhookFormProps extends Pick<DialogFormProps, 'action' | 'mutation' | 'onCancel'> {
  /** Absent for a new webhook. */
  readonly known?: Webhook
  readonly onSubmit: (settings: WebhookSettings) => void
}

const initialValues = (known: Webhook | undefined) => ({
  targetUrl: known?.targetUrl ?? '',
  description: known?.description ?? '',
  operations: (known?.operations.map(operationOf) ?? [EVERYTHING]) as readonly Operation[],
  skipOwnChanges: known?.skipOwnChanges ?? false,
  isSigned: true,
})

export const WebhookForm = ({ known, onSubmit, ...dialog }: WebhookFormProps) => {
  const { values, getInputProps } = useForm({ initialValues: initialValues(known) })
  const submit = () =>
    onSubmit({
      targetUrl: values.targetUrl.trim(),
      description: values.description.trim(),
      operations: [...new Set(values.operations.map(textOf))],
      skipOwnChanges: values.skipOwnChanges,
      isSigned: values.isSigned,
    })
  return (
    <DialogForm {...dialog} input={values} onSubmit={submit}>
      <TextInput
        data-autofocus
        required
        type="url"
        label="URL"
        description="Receives a POST request for each change"
        placeholder="https://example.com/hook"
        autoComplete="off"
        {...getInputProps('targetUrl')}
      />
      <TextInput
        label="Description"
        description="What receives the changes: “Warehouse”, “Chat”"
        autoComplete="off"
        {...getInputProps('description')}
      />
      <OperationsInput {...getInputProps('operations')} />
      <Checkbox
        label="Skip own changes"
        description="Of the key or the member that answers for the webhook, so that a receiver that writes back starts no circle"
        {...getInputProps('skipOwnChanges', { type: 'checkbox' })}
      />
      {known === undefined ? (
        <Checkbox
          label="Sign requests"
          description="With a secret that is shown once, so that the receiver can verify them"
          {...getInputProps('isSigned', { type: 'checkbox' })}
        />
      ) : null}
    </DialogForm>
  )
}
