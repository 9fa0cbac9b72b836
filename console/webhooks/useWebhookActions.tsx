// The actions on a webhook, with the dialogs and confirmations that they open.

import {
  IconEdit,
  IconKey,
  IconPlayerPause,
  IconPlayerPlay,
  IconRepeat,
  IconSend,
  IconTrash,
} from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import type { Action } from '../parts/actionMenu.tsx'
import { type Question, useConfirm } from '../parts/confirm.tsx'
import { useApi } from '../session/provider.tsx'
import { DELIVERIES_KEY } from './deliveries.ts'
import type { OpenWebhookDialog } from './webhookDialogs.tsx'
import {
  deleteWebhook,
  rotateSecret,
  sendTestEvent,
  updateWebhook,
  WEBHOOKS_KEY,
  type Webhook,
  webhookNameOf,
} from './webhooks.ts'

const WebhookDialogs = lazy(() => import('./webhookDialogs.tsx'))

type WebhookChange = 'pause' | 'resume' | 'delete'

interface Target {
  readonly change: WebhookChange
  readonly webhook: Webhook
}

const DONE = { pause: 'paused', resume: 'resumed', delete: 'deleted' } as const

const deletion = (webhook: Webhook): Question => ({
  title: `Delete webhook “${webhookNameOf(webhook)}”?`,
  text: 'Pending requests are cancelled, and the delivery log is deleted. A deleted webhook cannot be restored.',
  action: 'Delete webhook',
  isDangerous: true,
})

const rotation = (webhook: Webhook): Question => ({
  title: `Rotate the secret of “${webhookNameOf(webhook)}”?`,
  text: 'The new secret is shown once. For 24 hours, “webhook-signature” has a signature with each secret; “X-Twenty-Webhook-Signature” uses the new one immediately.',
  action: 'Rotate secret',
  isDangerous: true,
})

const useChange = (onDeleted: () => void) => {
  const api = useApi()
  return useMutation({
    mutationFn: ({ change, webhook: { id } }: Target) =>
      change === 'delete'
        ? deleteWebhook(api, id)
        : updateWebhook(api, id, { status: change === 'pause' ? 'PAUSED' : 'ACTIVE' }),
    meta: {
      stale: [WEBHOOKS_KEY],
      staleInBackground: [DELIVERIES_KEY],
      done: ({ change, webhook }: Target) => `Webhook “${webhookNameOf(webhook)}” was ${DONE[change]}.`,
    },
    // Not a callback of `mutate`: the page of the webhook is gone once the list is refetched.
    onSuccess: (_, { change }) => {
      if (change === 'delete') onDeleted()
    },
  })
}

export interface WebhookActions {
  readonly create: () => void
  readonly actionsOf: (webhook: Webhook) => readonly Action[]
  /** The open dialog. */
  readonly dialog: ReactNode
}

/** @param onDeleted where the page of the webhook leads then */
export const useWebhookActions = (onDeleted: () => void = () => {}): WebhookActions => {
  const api = useApi()
  const confirm = useConfirm()
  const [dialog, setDialog] = useState<OpenWebhookDialog | null>(null)
  const { mutate } = useChange(onDeleted)
  const rotate = useMutation({
    mutationFn: (webhook: Webhook) => rotateSecret(api, webhook),
    meta: { staleInBackground: [WEBHOOKS_KEY] },
  })
  const sendTest = useMutation({
    mutationFn: (webhook: Webhook) => sendTestEvent(api, webhook),
    meta: { done: (_: Webhook, answered: string) => answered },
  })
  const ask = async (question: Question, act: () => void) => {
    if (await confirm(question)) act()
  }
  const actionsOf = (webhook: Webhook): readonly Action[] => {
    const change = (which: WebhookChange) => () => mutate({ change: which, webhook })
    const showNew = () =>
      rotate.mutate(webhook, { onSuccess: (fresh) => setDialog({ kind: 'secret', fresh }) })
    return [
      { label: 'Edit …', ActionSymbol: IconEdit, onSelect: () => setDialog({ kind: 'edit', webhook }) },
      { label: 'Send test event', ActionSymbol: IconSend, onSelect: () => sendTest.mutate(webhook) },
      {
        label: 'Replay changes …',
        ActionSymbol: IconRepeat,
        onSelect: () => setDialog({ kind: 'replay', webhook }),
      },
      webhook.status === 'ACTIVE'
        ? { label: 'Pause', ActionSymbol: IconPlayerPause, onSelect: change('pause') }
        : { label: 'Resume', ActionSymbol: IconPlayerPlay, onSelect: change('resume') },
      {
        label: 'Rotate secret …',
        ActionSymbol: IconKey,
        onSelect: () => ask(rotation(webhook), showNew),
      },
      {
        label: 'Delete …',
        ActionSymbol: IconTrash,
        isDangerous: true,
        onSelect: () => ask(deletion(webhook), change('delete')),
      },
    ]
  }
  return {
    create: () => setDialog({ kind: 'new' }),
    actionsOf,
    dialog:
      dialog === null ? null : (
        <Suspense fallback={null}>
          <WebhookDialogs
            dialog={dialog}
            onShow={(fresh) => setDialog({ kind: 'secret', fresh })}
            onClose={() => setDialog(null)}
          />
        </Suspense>
      ),
  }
}
