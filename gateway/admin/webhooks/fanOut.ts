// From changes in the feed to deliveries of operators' webhooks. One gateway at a time reads on, in a
// transaction that stores the deliveries and the new position together.

import type { Pool } from 'pg'
import { inTransaction } from '../../../sql/ownerPool.ts'
import { HOST_ID } from '../../../tenants/changes/host.ts'
import type { HostRow } from '../../../tenants/changes/hostSpan.ts'
import { readWebhookFeed } from '../../../tenants/changes/webhookFeed.ts'
import { OF_OPERATORS } from '../../../tenants/changes/webhookTables.ts'
import { eventsMatching, parseOperatorEvent } from '../../../tenants/operatorEvents.ts'
import { insertDeliveries, type NewDelivery } from '../../../tenants/webhook/delivery.ts'
import { type HostWebhook, listHostWebhooks } from '../../../tenants/webhook/host/webhook.ts'
import { type ChangesOf, createChangesOf } from '../../changes/changeOf.ts'
import type { LayoutOf } from '../../changes/layouts.ts'
import type { FanOut } from '../../webhooks/fanOut.ts'
import { matchesOperations, RECORD_ACTIONS } from '../../webhooks/operations.ts'
import type { OpenWorkspaces } from '../../workspace/viewFor.ts'
import { shownOf } from '../changes/entries.ts'

interface HostFanOutOptions {
  readonly pool: Pool
  readonly layoutOf: LayoutOf
  readonly workspaces: OpenWorkspaces
  readonly clock: () => number
  /** Changes were skipped: the feed does not reach back to where it was read last. */
  readonly onReset: () => void
}

interface Sources {
  readonly workspaces: OpenWorkspaces
  readonly changesOf: ChangesOf
}

const PAGE_CHANGES = 1_000

const deliveryOf = ({ id }: HostWebhook, row: HostRow, event: string): NewDelivery => ({
  ...{ webhookId: id, workspaceId: row.workspaceId, changeId: row.id, xid: row.xid },
  ...{ event, at: row.at, recordKey: null },
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
  return shown.flatMap(({ row: { id, operation }, entry }) => {
    const row = rowById.get(id)
    const action = operation === 's' ? undefined : RECORD_ACTIONS.find((each) => each === entry.operation)
    const { object } = entry
    if (row === undefined || action === undefined || object === undefined) return []
    return asking
      .filter(({ operations }) => matchesOperations(operations, object, action))
      .map((webhook) => deliveryOf(webhook, row, `${object}.${action}`))
  })
}

export const createHostFanOut = (options: HostFanOutOptions): FanOut => {
  const { pool, workspaces, clock, onReset } = options
  const sources = { workspaces, changesOf: createChangesOf(options) }
  return () =>
    inTransaction(pool, async (client) => {
      const page = await readWebhookFeed(client, PAGE_CHANGES, OF_OPERATORS)
      if (page === null) return null
      if (page.isReset) onReset()
      const webhooks = (await listHostWebhooks(client)).filter(({ status }) => status !== 'disabled')
      const deliveries: NewDelivery[] = []
      for (const [workspaceId, rows] of Map.groupBy(page.rows, (row) => row.workspaceId))
        deliveries.push(
          ...(workspaceId === HOST_ID
            ? ofEvents(webhooks, rows)
            : await ofRecords(sources, webhooks, workspaceId, rows)),
        )
      const now = new Date(clock())
      const count = await insertDeliveries(client, deliveries, now, { tables: OF_OPERATORS })
      await page.advance()
      return { deliveries: count, hasMore: page.hasMore }
    })
}
