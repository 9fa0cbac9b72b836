// Renders the open dialog of webhooks: create, edit, replay, or show a secret once. Loaded on demand.

import { Alert, Button, Group, Stack } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { Modal } from '../parts/dialog.tsx'
import { Snippet } from '../parts/snippet.tsx'
import { useApi } from '../session/provider.tsx'
import { ReplayDialog } from './replayDialog.tsx'
import { WebhookForm } from './webhookForm.tsx'
import {
  createWebhook,
  type FreshSecret,
  updateWebhook,
  WEBHOOKS_KEY,
  type Webhook,
  type WebhookSettings,
  webhookNameOf,
} from './webhooks.ts'

export type OpenWebhookDialog =
  | { readonly kind: 'new' }
  | { readonly kind: 'edit' | 'replay'; readonly webhook: Webhook }
  | { readonly kind: 'secret'; readonly fresh: FreshSecret }

interface NewWebhookProps {
  readonly onDone: (fresh: FreshSecret) => void
  readonly onCancel: () => void
}

const NewWebhook = ({ onDone, onCancel }: NewWebhookProps) => {
  const api = useApi()
  const create = useMutation({
    mutationFn: (settings: WebhookSettings) => createWebhook(api, settings),
    meta: {
      stale: [WEBHOOKS_KEY],
      done: (settings: WebhookSettings) => `Webhook “${webhookNameOf(settings)}” was created.`,
      showsFailure: true,
    },
  })
  return (
    <Modal opened onClose={onCancel} title="Create webhook">
      <WebhookForm
        action="Create webhook"
        mutation={create}
        onCancel={onCancel}
        onSubmit={(settings) => create.mutate(settings, { onSuccess: onDone })}
      />
    </Modal>
  )
}

const EditWebhook = ({ known, onDone }: { readonly known: Webhook; readonly onDone: () => void }) => {
  const api = useApi()
  const update = useMutation({
    mutationFn: ({ isSigned: _, ...settings }: WebhookSettings) => updateWebhook(api, known.id, settings),
    meta: {
      stale: [WEBHOOKS_KEY],
      done: (settings: WebhookSettings) => `Webhook “${webhookNameOf(settings)}” was changed.`,
      showsFailure: true,
    },
  })
  return (
    <Modal opened onClose={onDone} title={`Edit webhook “${webhookNameOf(known)}”`}>
      <WebhookForm
        action="Save"
        known={known}
        mutation={update}
        onCancel={onDone}
        onSubmit={(settings) => update.mutate(settings, { onSuccess: onDone })}
      />
    </Modal>
  )
}

/** Base64 of the UTF-8 bytes. */
const encoded = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

/** Neither Escape nor a click outside closes it: the secret cannot be shown again. */
const SecretDialog = ({ fresh, onClose }: { readonly fresh: FreshSecret; readonly onClose: () => void }) => (
  <Modal
    opened
    size="lg"
    onClose={onClose}
    title={`Secret of “${fresh.name}”`}
    closeOnClickOutside={false}
    closeOnEscape={false}
  >
    <Stack>
      <Alert color="pine" icon={<IconCircleCheck size={18} aria-hidden />} title="Copy the secret now">
        It is shown only once. The receiver verifies requests with it. If you lose it, rotate it.
      </Alert>
      <Snippet label="Secret" what="secret" text={fresh.secret} />
      <Snippet
        label="For libraries of Standard Webhooks"
        what="encoded secret"
        text={`whsec_${encoded(fresh.secret)}`}
      />
      <Group justify="flex-end">
        <Button onClick={onClose}>I have copied it</Button>
      </Group>
    </Stack>
  </Modal>
)

interface WebhookDialogsProps {
  readonly dialog: OpenWebhookDialog
  readonly onShow: (fresh: FreshSecret) => void
  readonly onClose: () => void
}

const WebhookDialogs = ({ dialog, onShow, onClose }: WebhookDialogsProps) => {
  switch (dialog.kind) {
    case 'new':
      return (
        <NewWebhook
          onDone={(fresh) => (fresh.secret === '' ? onClose() : onShow(fresh))}
          onCancel={onClose}
        />
      )
    case 'edit':
      return <EditWebhook known={dialog.webhook} onDone={onClose} />
    case 'replay':
      return <ReplayDialog webhook={dialog.webhook} onClose={onClose} />
    case 'secret':
      return <SecretDialog fresh={dialog.fresh} onClose={onClose} />
  }
}

export default WebhookDialogs
