// Deliveries for changes of one workspace: which webhooks want which of them, under which names.

import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { LoggedRow } from '../../tenants/changes/feed.ts'
import type { NewDelivery } from '../../tenants/webhook/delivery.ts'
import type { Webhook } from '../../tenants/webhook/webhook.ts'
import { createChangesOf } from '../changes/changeOf.ts'
import { changedFieldsOf, changeOperationOf, isReported, recordIdOf } from '../changes/entry.ts'
import type { LayoutOf } from '../changes/layouts.ts'
import type { Change } from '../changes/shown.ts'
import { type OpenWorkspaces, viewFor } from '../workspace/viewFor.ts'
import type { ChangeFilter } from './changeFilter.ts'
import { matchesOperations, RECORD_ACTIONS, type RecordAction } from './operations.ts'

interface DeliveriesOptions {
  readonly pool: Pool
  readonly layoutOf: LayoutOf
  readonly workspaces: OpenWorkspaces
  readonly filter: ChangeFilter
}

/** Of the hash of a record's key: 132 bits. */
const KEY_LENGTH = 22
/** After an upsert, the change comes by both names. */
const UPSERTED: ReadonlySet<RecordAction> = new Set(['created', 'updated', 'restored'])

/** The actions of a change; none for a change of a whole table, or of what changes with every write. */
const actionsOf = (change: Change): readonly RecordAction[] => {
  const operation = changeOperationOf(change)
  const action = RECORD_ACTIONS.find((each) => each === operation)
  if (action === undefined || change.row.operation === 's') return []
  if (action === 'updated' && change.row.isComplete && !isReported(changedFieldsOf(change))) return []
  return change.row.actor?.upsert === true && UPSERTED.has(action) ? [action, 'upserted'] : [action]
}

/** Whether the change was made by the key or the member that answers for the webhook. */
const isOwn = ({ keyId, workspaceMemberId }: Webhook, { row: { actor } }: Change): boolean =>
  (keyId !== null && actor?.keyId === keyId) ||
  (workspaceMemberId !== null && actor?.workspaceMemberId === workspaceMemberId)

/** Equal for changes of one record, and short for every key; null: the change does not name it. */
export const recordKeyOf = (change: Change): string | null => {
  const id = recordIdOf(change)
  if (id === null) return null
  return createHash('sha256').update(`${change.row.tableOid} ${id}`).digest('base64url').slice(0, KEY_LENGTH)
}

/** The deliveries of a webhook for changes of one table. */
const ofWebhook = async (
  wantedOf: (webhook: Webhook, changes: readonly Change[]) => Promise<readonly Change[]>,
  webhook: Webhook,
  [workspaceId, object]: readonly [string, string],
  rowOf: ReadonlyMap<Change, LoggedRow>,
): Promise<readonly NewDelivery[]> => {
  const { id: webhookId, operations, skipsOwnChanges, isOrdered } = webhook
  const asked = new Map(
    [...rowOf.keys()].flatMap((change) => {
      if (skipsOwnChanges && isOwn(webhook, change)) return []
      const actions = actionsOf(change).filter((action) => matchesOperations(operations, object, action))
      return actions.length === 0 ? [] : [[change, actions] as const]
    }),
  )
  const wanted = await wantedOf(webhook, [...asked.keys()])
  return wanted.flatMap((change) => {
    const row = rowOf.get(change)
    if (row === undefined) return []
    const { xid, id, at } = row
    const recordKey = isOrdered ? recordKeyOf(change) : null
    return (asked.get(change) ?? []).map((action) => ({
      ...{ webhookId, workspaceId, changeId: id, xid, at, recordKey },
      event: `${object}.${action}`,
    }))
  })
}

/** @param webhooks of the workspace */
export type DeliveriesOf = (
  webhooks: readonly Webhook[],
  workspaceId: string,
  rows: readonly LoggedRow[],
) => Promise<readonly NewDelivery[]>

export const createDeliveriesOf = (options: DeliveriesOptions): DeliveriesOf => {
  const { workspaces, filter } = options
  const changesOf = createChangesOf(options)
  return async (webhooks, workspaceId, rows) => {
    const byTable = Map.groupBy(rows, ({ table }) => table)
    const view = await viewFor(workspaces, workspaceId, [...byTable.keys()])
    const until = filter.deadline()
    const wantedOf = (webhook: Webhook, changes: readonly Change[]) => filter.of(webhook, changes, until)
    const found: NewDelivery[] = []
    for (const [table, ofIt] of byTable) {
      const object = view.schemaVersion.model.byTable.get(table)
      if (object === undefined) continue
      const { changes } = await changesOf(object, ofIt)
      const rowOf = new Map(
        changes.flatMap((change, index) => {
          const row = ofIt[index]
          return row === undefined ? [] : [[change, row] as const]
        }),
      )
      const place = [workspaceId, object.nameSingular] as const
      // One after another: each judgement holds the images of the table.
      for (const webhook of webhooks) found.push(...(await ofWebhook(wantedOf, webhook, place, rowOf)))
    }
    return found
  }
}
