// The form of a new or existing webhook: where to, which changes, what of them, and whether a new one is
// signed.

import { Checkbox, Fieldset, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { DialogForm, type DialogFormProps } from '../form/dialogForm.tsx'
import { EVERYTHING, operationOf, textOf, type WebhookOperation } from './operation.ts'
import { OperationsInput } from './operationsInput.tsx'
import { RoleSelect } from './roleSelect.tsx'
import { Sample } from './sample.tsx'
import type { WebhookSampleInput } from './webhooks.graphql.ts'
import type { Webhook, WebhookSettings } from './webhooks.ts'

interface WebhookFormProps extends Pick<DialogFormProps, 'action' | 'mutation' | 'onCancel'> {
  /** Absent for a new webhook. */
  readonly known?: Webhook
  readonly onSubmit: (settings: WebhookSettings) => void
}

const initialValues = (known: Webhook | undefined) => ({
  targetUrl: known?.targetUrl ?? '',
  description: known?.description ?? '',
  operations: (known?.operations.map(operationOf) ?? [EVERYTHING]) as readonly WebhookOperation[],
  filter: known?.filter ?? '',
  changedFields: (known?.changedFields ?? []).join(', '),
  fields: (known?.fields ?? []).join(', '),
  includePrevious: known?.includePrevious ?? false,
  ordered: known?.ordered ?? false,
  skipOwnChanges: known?.skipOwnChanges ?? false,
  roleId: known?.roleId ?? '',
  isSigned: true,
})

type Values = ReturnType<typeof initialValues>
type GetInputProps = ReturnType<typeof useForm<Values>>['getInputProps']

const namesIn = (text: string): readonly string[] =>
  text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]))

const settingsOf = ({ roleId, ...values }: Values, known: Webhook | undefined): WebhookSettings => ({
  ...values,
  targetUrl: values.targetUrl.trim(),
  description: values.description.trim(),
  operations: [...new Set(values.operations.map(textOf))],
  filter: values.filter.trim(),
  changedFields: namesIn(values.changedFields),
  fields: namesIn(values.fields),
  ...(roleId === '' || roleId === known?.roleId ? {} : { roleId }),
})

/** The first operation stands for all. */
const sampleOf = (values: Values, known: Webhook | undefined): WebhookSampleInput => {
  const { targetUrl, operations, filter, changedFields, fields, includePrevious, roleId } = settingsOf(
    values,
    known,
  )
  const [operation] = operations
  return {
    ...(known === undefined ? {} : { id: known.id }),
    ...(operation === undefined ? {} : { operation }),
    ...(targetUrl === '' ? {} : { targetUrl }),
    ...{ filter, changedFields, fields, includePrevious },
    ...(roleId === undefined ? {} : { roleId }),
  }
}

const names = { spellCheck: false, autoComplete: 'off', placeholder: 'name, annualRevenue' } as const

const RecordInputs = ({ getInputProps }: { readonly getInputProps: GetInputProps }) => (
  <Fieldset legend="Records">
    <Stack align="stretch">
      <TextInput
        label="Filter"
        description="In the syntax of REST filters. The filter and the settings below require operations that name an object"
        placeholder="annualRevenue.amountMicros[gte]:1000000"
        spellCheck={false}
        autoComplete="off"
        {...getInputProps('filter')}
      />
      <TextInput
        label="Changed fields"
        description="Send only updates that change one of these. Leave empty for all updates"
        {...names}
        {...getInputProps('changedFields')}
      />
      <TextInput
        label="Fields to send"
        description="In addition to the id. Leave empty for all fields that the role can read"
        {...names}
        {...getInputProps('fields')}
      />
      <Checkbox
        label="Old values of changed fields"
        description="Sent as “previous”"
        {...getInputProps('includePrevious', { type: 'checkbox' })}
      />
      <Checkbox
        label="In order"
        description="Send the changes to a record one after another"
        {...getInputProps('ordered', { type: 'checkbox' })}
      />
    </Stack>
  </Fieldset>
)

export const WebhookForm = ({ known, onSubmit, ...dialog }: WebhookFormProps) => {
  const { values, getInputProps } = useForm({ initialValues: initialValues(known) })
  return (
    <DialogForm {...dialog} input={values} onSubmit={() => onSubmit(settingsOf(values, known))}>
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
        description="The program that receives the changes: “Warehouse”, “Chat”"
        autoComplete="off"
        {...getInputProps('description')}
      />
      <OperationsInput {...getInputProps('operations')} />
      <RecordInputs getInputProps={getInputProps} />
      <RoleSelect isNew={known === undefined} {...getInputProps('roleId')} />
      <Checkbox
        label="Skip own changes"
        description="Leave out changes by the key or member responsible for the webhook, so that a receiver that writes back causes no loop"
        {...getInputProps('skipOwnChanges', { type: 'checkbox' })}
      />
      {known === undefined ? (
        <Checkbox
          label="Sign requests"
          description="With a secret, shown once, that the receiver uses to verify them"
          {...getInputProps('isSigned', { type: 'checkbox' })}
        />
      ) : null}
      <Sample input={sampleOf(values, known)} />
    </DialogForm>
  )
}
