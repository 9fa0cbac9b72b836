// Dialog that sends the changes of a period again.

import { SimpleGrid, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { DialogForm } from '../form/dialogForm.tsx'
import { Modal } from '../parts/dialog.tsx'
import { useApi } from '../session/provider.tsx'
import { DELIVERIES_KEY } from './deliveries.ts'
import { replay, type Webhook, webhookNameOf } from './webhooks.ts'

interface ReplayDialogProps {
  readonly webhook: Webhook
  readonly onClose: () => void
}

const ReplayForm = ({ webhook, onClose }: ReplayDialogProps) => {
  const api = useApi()
  const { values, getInputProps } = useForm({ initialValues: { from: '', to: '' } })
  const run = useMutation({
    mutationFn: ({ from, to }: typeof values) => replay(api, webhook.id, from, to),
    meta: {
      stale: [DELIVERIES_KEY],
      done: (_: typeof values, count: number) =>
        count === 1 ? '1 delivery was queued.' : `${count} deliveries were queued.`,
      showsFailure: true,
    },
  })
  return (
    <DialogForm
      action="Replay changes"
      mutation={run}
      input={values}
      onSubmit={() => run.mutate(values, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <Text>
        Sends the changes from a period again, with the current settings of the webhook. Receivers recognise
        repeated deliveries by their “webhook-id”.
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          data-autofocus
          type="datetime-local"
          label="From"
          description="Leave empty for the webhook’s creation"
          {...getInputProps('from')}
        />
        <TextInput
          type="datetime-local"
          label="To"
          description="Leave empty for now"
          {...getInputProps('to')}
        />
      </SimpleGrid>
    </DialogForm>
  )
}

export const ReplayDialog = (props: ReplayDialogProps) => (
  <Modal opened onClose={props.onClose} title={`Replay changes to “${webhookNameOf(props.webhook)}”`}>
    <ReplayForm {...props} />
  </Modal>
)
