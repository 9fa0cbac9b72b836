// The body of an event of a record: the contract's, in the contract's order, and what the webhook asks for
// beside it.

import type { Pool } from 'pg'
import type { DeliveredChange } from '../../tenants/changes/webhookFeed.ts'
import { findUserId } from '../../tenants/member/userId.ts'
import type { Model } from '../../tenants/model/model.ts'
import type { Delivery } from '../../tenants/webhook/claim.ts'
import type { RecordSettings } from '../../tenants/webhook/settings.ts'
import { isReported } from '../changes/entry.ts'
import type { ShownImage } from '../changes/readImages.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { isReadable } from '../records/model/permission.ts'
import { valuesOf } from '../records/recordValues.ts'
import { shownSelection } from '../rest/selection.ts'
import { unreadable, type WebhookBody } from './body.ts'
import type { ReadImage } from './imageBatches.ts'
import { changesWanted, filterOf, settingsFaultOf } from './recordSettings.ts'

interface RecordBodyOptions {
  readonly pool: Pool
  readonly readImage: ReadImage
}

/** Changed fields of an update, without the ones that every write changes. */
const updatedFieldsOf = ({
  entry: { operation, changedFields },
}: ShownImage): readonly string[] | undefined =>
  operation === 'updated' ? changedFields?.filter((name) => isReported([name])) : undefined

/** What a body is written from. Absent values have no key. */
interface RecordEvent {
  readonly event: string
  readonly webhook: Pick<Delivery['webhook'], 'id' | 'workspaceId' | 'targetUrl'>
  readonly objectMetadata: { readonly id: string | null; readonly nameSingular: string | undefined }
  readonly at: string
  readonly userId: string | null
  readonly workspaceMemberId: string | null | undefined
  /** JSON. */
  readonly record: string
  readonly updatedFields: readonly string[] | undefined
  /** JSON. */
  readonly previous: string | null
}

export const recordEventBody = (of: RecordEvent): string => {
  const { webhook, updatedFields } = of
  const head = {
    targetUrl: webhook.targetUrl,
    eventName: of.event,
    objectMetadata: of.objectMetadata,
    workspaceId: webhook.workspaceId,
    webhookId: webhook.id,
    eventDate: of.at,
    userId: of.userId ?? undefined,
    workspaceMemberId: of.workspaceMemberId ?? undefined,
  }
  const parts = [
    JSON.stringify(head).slice(1, -1),
    `"record":${of.record}`,
    ...(updatedFields === undefined ? [] : [`"updatedFields":${JSON.stringify(updatedFields)}`]),
    ...(of.previous === null ? [] : [`"previous":${of.previous}`]),
  ]
  return `{${parts.join(',')}}`
}

const imageQueryOf = (model: Model, settings: RecordSettings): Parameters<ReadImage>[3] => {
  const { fields, filter, includesPrevious } = settings
  const isShown = (name: string): boolean => isReported([name]) && (fields?.includes(name) ?? true)
  return {
    key: JSON.stringify([fields, filter, includesPrevious]),
    selectionOf: (object) => shownSelection(model, object, { depth: 0, fields }),
    filter: filterOf(settings),
    ...(includesPrevious
      ? {
          previousOf: (object, changedFields) => ({
            object,
            fields: valuesOf(object).fields.filter(({ key }) => changedFields.includes(key) && isShown(key)),
          }),
        }
      : {}),
  }
}

export const recordBody = async (
  { pool, readImage }: RecordBodyOptions,
  context: RequestContext<unknown>,
  delivery: Delivery,
  change: DeliveredChange,
): Promise<WebhookBody> => {
  const { webhook } = delivery
  const { model, workspace } = context
  const object = model.byTable.get(change.row.table)
  if (object === undefined || !isReadable(object)) return unreadable(context, 'the record')
  const fault = settingsFaultOf(model, object, webhook)
  if (fault !== null) return { paused: `Its settings no longer fit the data model. ${fault}` }
  const image = await readImage(context, change.row, change.table, imageQueryOf(model, webhook))
  // A record that the role can no longer see comes as `removed`; one whose visibility is unknown, without its
  // name.
  if (image === null || image.entry.operation === 'removed') return unreadable(context, 'the record')
  if (!changesWanted(webhook, image.entry.operation, image.entry.changedFields))
    return { cancelled: 'The update changed none of the fields in changedFields.' }
  if (!image.isMatch) return { cancelled: 'The record does not match the filter of the webhook.' }
  if (image.record === null) return unreadable(context, 'the record')
  const memberId = change.row.actor?.workspaceMemberId
  const body = recordEventBody({
    event: delivery.event,
    webhook,
    objectMetadata: { id: change.objectId, nameSingular: image.entry.object },
    at: change.row.at,
    userId: memberId === undefined ? null : await findUserId(pool, workspace.schema, memberId),
    workspaceMemberId: memberId,
    record: image.record,
    updatedFields: updatedFieldsOf(image),
    previous: image.previous,
  })
  return { body }
}
