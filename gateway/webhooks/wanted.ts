// Which changes of a table a webhook wants: those whose fields and records its settings ask for. Judged for a
// page of the feed at once, so that other changes become no deliveries. A change that cannot be judged here
// is wanted: each attempt judges it again, and stops the webhook where its settings do not fit the model.

import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import type { Webhook } from '../../tenants/webhook/webhook.ts'
import type { Caller } from '../auth/caller.ts'
import { changedFieldsOf, operationOf } from '../changes/entry.ts'
import { imageText } from '../changes/image.ts'
import type { Change } from '../changes/shown.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { isReadable } from '../records/model/permission.ts'
import { isEmptyFilter } from '../records/read/filter.ts'
import { matchImages } from '../records/select/images.ts'
import { changesWanted, faultOf, filterOf } from './recordSettings.ts'
import { callerOfWebhook } from './webhookCaller.ts'

interface WantedOptions {
  readonly connections: Pick<ConnectionPool, 'run'>
  /** The context of a caller; rejects with a Problem. */
  readonly open: (caller: Caller) => Promise<RequestContext<unknown>>
}

/** A slow filter delays the changes of others. */
const JUDGED_WITHIN_MS = 1_000

const isWanted = (webhook: Webhook, change: Change): boolean =>
  !change.row.isComplete || changesWanted(webhook, operationOf(change), changedFieldsOf(change))

/** Changes that the webhook's filter lets through, as its role sees them. */
const matching = async (
  { connections, open }: WantedOptions,
  webhook: Webhook,
  changes: readonly Change[],
): Promise<readonly Change[]> => {
  const caller = callerOfWebhook(webhook)
  const table = changes[0]?.row.table
  if (caller === null || table === undefined) return changes
  const { model, session } = await open(caller)
  const object = model.byTable.get(table)
  if (object === undefined || !isReadable(object) || faultOf(model, object, webhook) !== null) return changes
  const brief = { ...session, timeoutMs: Math.min(session.timeoutMs, JUDGED_WITHIN_MS) }
  const filter = filterOf(webhook)
  /** @param isPresent judges records as they are now: so they are sent if their images are incomplete */
  const refusedOf = async (isPresent: boolean): Promise<readonly Change[]> => {
    const judged = changes.flatMap((change) => {
      const image = change.after ?? change.before
      return change.row.isComplete === isPresent || image === null ? [] : [{ change, image }]
    })
    if (judged.length === 0) return []
    const images = judged.map(({ image }) => imageText(image))
    const statement = matchImages(model, object, filter, images, { isPresent, isLenient: true })
    const found = statement.read(await connections.run(brief, statement, { retryable: true }))
    return judged.flatMap(({ change }, at) => (found.get(at) === true ? [] : [change]))
  }
  const refused = new Set((await Promise.all([refusedOf(false), refusedOf(true)])).flat())
  return changes.filter((change) => !refused.has(change))
}

/** @param changes of one table. Never rejects. */
export type WantedOf = (webhook: Webhook, changes: readonly Change[]) => Promise<readonly Change[]>

export const createWanted =
  (options: WantedOptions): WantedOf =>
  async (webhook, changes) => {
    const changed =
      webhook.changedFields === null ? changes : changes.filter((change) => isWanted(webhook, change))
    if (isEmptyFilter(webhook.filter) || changed.length === 0) return changed
    return matching(options, webhook, changed).catch(() => changed)
  }
