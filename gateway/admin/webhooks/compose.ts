// The request of a delivery to an operator's webhook, made for each attempt with what its operator may read
// at that moment.

import type { HostDelivery } from '../../../tenants/webhook/host/claim.ts'
import type { HostWebhook } from '../../../tenants/webhook/host/webhook.ts'
import type { Composed } from '../../webhooks/compose.ts'
import type { WebhookSecrets } from '../../webhooks/secret.ts'
import { headersOf } from '../../webhooks/signature.ts'
import type { EntriesOf, HostEntry } from '../changes/entries.ts'
import type { HostQuery } from '../changes/hostChangesRequest.ts'

interface HostComposeOptions {
  readonly entriesOf: EntriesOf
  readonly secrets: WebhookSecrets
  readonly clock: () => number
}

const EVERYTHING: Omit<HostQuery, 'sides'> = {
  kinds: new Set(['records', 'events'] as const),
  operations: null,
  events: null,
  workspaces: null,
}
const SIDES: HostQuery['sides'] = ['record', 'previous']

/** Why the webhook has to stop; null: its operator may read what it sends. */
const lackOf = ({ ownerName, scopes, includesValues }: HostDelivery['webhook']): string | null => {
  if (scopes === null) return `The operator key "${ownerName}" is no longer active.`
  const needed = includesValues ? ['events', 'events:values'] : ['events']
  const missing = needed.find((scope) => !scopes.includes(scope))
  return missing === undefined ? null : `The operator key "${ownerName}" does not have the scope ${missing}.`
}

/** Absent values have no key. */
export const hostBody = (
  {
    event: eventName,
    webhook,
  }: { readonly event: string; readonly webhook: Pick<HostWebhook, 'id' | 'targetUrl'> },
  { at, ...entry }: HostEntry,
  records: readonly (string | null)[],
): string => {
  const head = { targetUrl: webhook.targetUrl, eventName, webhookId: webhook.id, eventDate: at, ...entry }
  const values = records.flatMap((record, index) => (record === null ? [] : `"${SIDES[index]}":${record}`))
  return `{${[JSON.stringify(head).slice(1, -1), ...values].join(',')}}`
}

export const createHostCompose =
  ({ entriesOf, secrets, clock }: HostComposeOptions) =>
  async (delivery: HostDelivery): Promise<Composed> => {
    const { webhook, row, id } = delivery
    const lack = lackOf(webhook)
    if (lack !== null) return { paused: lack }
    if (row === null) return { failed: 'The change is no longer in the log.' }
    const query = { ...EVERYTHING, sides: webhook.includesValues ? SIDES : [] }
    const found = (await entriesOf([row], query)).get(row)
    if (found === undefined) return { cancelled: 'The table or the workspace of the change was dropped.' }
    const body = hostBody(delivery, found.entry, found.records)
    const atMs = clock()
    const signing = secrets.signingAt(webhook.id, webhook, atMs)
    return {
      outgoing: { url: webhook.targetUrl, body, headers: headersOf({ id, body, atMs, secrets: signing }) },
    }
  }
