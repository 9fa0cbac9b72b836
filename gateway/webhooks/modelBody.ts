// The body of an event of the data model, in the contract's order, if the webhook's role may see it.

import type { Pool } from 'pg'
import { hasFlag } from '../../tenants/permission/actor.ts'
import type { Columns, Permissions } from '../../tenants/permission/permissions.ts'
import type { Delivery } from '../../tenants/webhook/claim.ts'
import type { ModelEvent } from '../../tenants/webhook/modelEvents.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { updatedProperties } from './modelEvents.ts'

const has = (columns: Columns | undefined, column: string): boolean =>
  columns === 'all' || columns?.has(column) === true

/** As in the metadata API. What is gone has no permissions any more. */
const isReadable = ({ operation, needs }: ModelEvent, { objects }: Permissions): boolean =>
  operation !== 'deleted' &&
  needs.tables.every((table) => objects.get(table)?.canRead === true) &&
  (needs.columns.length === 0 ||
    needs.columns.some(({ table, column }) => has(objects.get(table)?.readableColumns, column)))

/** A role that may change the model sees all of it. */
export const maySeeEvent = async (
  pool: Pool,
  { caller, permissions }: RequestContext<unknown>,
  event: ModelEvent,
): Promise<boolean> =>
  isReadable(event, permissions) || hasFlag(pool, caller.workspaceId, caller.roleId, 'DATA_MODEL')

/** The same for many events. */
export const sightOfEvents = async (
  pool: Pool,
  { caller, permissions }: RequestContext<unknown>,
): Promise<(event: ModelEvent) => boolean> => {
  const seesAll = await hasFlag(pool, caller.workspaceId, caller.roleId, 'DATA_MODEL')
  return (event) => seesAll || isReadable(event, permissions)
}

const propertiesOf = ({ before, after }: ModelEvent): object => {
  if (before === null) return { after }
  if (after === null) return { before }
  const updatedFields = updatedProperties(before, after)
  const diff = Object.fromEntries(
    updatedFields.map((name) => [name, { before: before[name] ?? null, after: after[name] ?? null }]),
  )
  return { updatedFields, diff, before, after }
}

interface ModelDelivery extends Pick<Delivery, 'event' | 'at'> {
  readonly webhook: Pick<Delivery['webhook'], 'id' | 'workspaceId' | 'targetUrl'>
}

export const modelBodyOf = ({ event: eventName, at, webhook }: ModelDelivery, event: ModelEvent): string =>
  JSON.stringify({
    targetUrl: webhook.targetUrl,
    eventName,
    workspaceId: webhook.workspaceId,
    webhookId: webhook.id,
    eventDate: at.toISOString(),
    event: {
      type: event.operation,
      metadataName: event.name,
      recordId: event.recordId,
      properties: propertiesOf(event),
    },
  })
