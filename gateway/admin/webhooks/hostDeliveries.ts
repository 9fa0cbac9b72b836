// Deliveries of operators' webhooks for changes of the log: which webhooks want which of them, under which
// names.

import type { Pool } from 'pg'
import { HOST_ID } from '../../../tenants/changes/host.ts'
import type { HostRow } from '../../../tenants/changes/hostSpan.ts'
import { eventsMatching, parseOperatorEvent } from '../../../tenants/operatorEvents.ts'
import type { NewDelivery } from '../../../tenants/webhook/delivery.ts'
import type { HostWebhook } from '../../../tenants/webhook/host/webhook.ts'
import { type ChangesOf, createChangesOf } from '../../changes/changeOf.ts'
import type { LayoutOf } from '../../changes/layouts.ts'
import type { Change } from '../../changes/shown.ts'
import { recordKeyOf } from '../../webhooks/deliveries.ts'
import { matchesOperations, RECORD_ACTIONS } from '../../webhooks/operations.ts'
import type { OpenWorkspaces } from '../../workspace/viewFor.ts'
import { shownOf } from '../changes/entries.ts'

interface HostDeliveriesOptions {
  readonly pool: Pool
  readonly layoutOf: LayoutOf
  readonly workspaces: OpenWorkspaces
}

interface Sources {
  readonly workspaces: OpenWorkspaces
  readonly changesOf: ChangesOf
}

const deliveryOf = (
  { id, isOrdered }: HostWebhook,
  row: HostRow,
  event: string,
  change: Change | null = null,
): NewDelivery => ({
  ...{ webhookId: id, workspaceId: row.workspaceId, changeId: row.id, xid: row.xid },
  ...{ event, at: row.at, recordKey: isOrdered && change !== null ? recordKeyOf(change) : null },
})

const concerns = ({ workspaces }: HostWebhook, workspaceId: string | null): boolean =>
  workspaces === null || (workspaceId !== null && workspaces.includes(workspaceId))

const ofEvents = (webhooks: readonly HostWebhook[], rows: readonly HostRow[]): readonly NewDelivery[] =>
  rows.flatMap((row) => {
    const logged = parseOperatorEvent(row.after)
    if (logged === null) return []
    return webhooks
      .filter(
        (webhook) =>
          eventsMatching(webhook.events).has(logged.event) && concerns(webhook, logged.workspaceId),
      )
      .map((webhook) => deliveryOf(webhook, row, logged.event))
  })

/** Changes of whole tables have no record, and are not delivered. */
const ofRecords = async (
  sources: Sources,
  webhooks: readonly HostWebhook[],
  workspaceId: string,
  rows: readonly HostRow[],
): Promise<readonly NewDelivery[]> => {
  const asking = webhooks.filter((webhook) => webhook.operations.length > 0 && concerns(webhook, workspaceId))
  if (asking.length === 0) return []
  const rowById = new Map(rows.map((row) => [row.id, row]))
  const shown = (await shownOf(sources, workspaceId, rows)).flat()
  return shown.flatMap(({ row: { id, operation }, entry, change }) => {
    const row = rowById.get(id)
    const action = operation === 's' ? undefined : RECORD_ACTIONS.find((each) => each === entry.operation)
    const { object } = entry
    if (row === undefined || action === undefined || object === undefined) return []
    return asking
      .filter(({ operations }) => matchesOperations(operations, object, action))
      .map((webhook) => deliveryOf(webhook, row, `${object}.${action}`, change))
  })
}

export type HostDeliveriesOf = (
  webhooks: readonly HostWebhook[],
  rows: readonly HostRow[],
) => Promise<readonly NewDelivery[]>

export const createHostDeliveriesOf = (options: HostDeliveriesOptions): HostDeliveriesOf => {
  const sources = { workspaces: options.workspaces, changesOf: createChangesOf(options) }
  return async (webhooks, rows) => {
    const deliveries: NewDelivery[] = []
    for (const [workspaceId, ofIt] of Map.groupBy(rows, (row) => row.workspaceId))
      deliveries.push(
        ...(workspaceId === HOST_ID
          ? ofEvents(webhooks, ofIt)
          : await ofRecords(sources, webhooks, workspaceId, ofIt)),
      )
    return deliveries
  }
}
