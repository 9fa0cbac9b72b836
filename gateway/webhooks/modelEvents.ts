// Finds what changed in data models, by comparing each with what was announced last, and stores deliveries
// for the webhooks that ask for it, all in one transaction. Changes between two looks come as one.

import { isDeepStrictEqual } from 'node:util'
import type { Pool } from 'pg'
import { inTransaction } from '../../sql/ownerPool.ts'
import { fieldBody, objectBody } from '../../tenants/model/bodies.ts'
import { describeInSlices } from '../../tenants/model/describe/describe.ts'
import { columnsOfFields } from '../../tenants/model/describe/fieldColumns.ts'
import type { FieldMetadata, ObjectMetadata } from '../../tenants/model/metadata.ts'
import {
  createSlices,
  eachInSlices,
  runInSlices,
  type SlicesOptions,
} from '../../tenants/model/read/slices.ts'
import { readSources } from '../../tenants/model/read/sources.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { insertDeliveries } from '../../tenants/webhook/delivery.ts'
import {
  type AnnouncedModel,
  beginAnnouncing,
  insertModelEvents,
  lockAnnounced,
  type ModelEntry,
  type ModelEvent,
  storeAnnounced,
  unannouncedWorkspaces,
} from '../../tenants/webhook/modelEvents.ts'
import { listWebhooks } from '../../tenants/webhook/webhook.ts'
import { matchesModel, modelEventName } from './operations.ts'

/** Every change of a model sets them. */
const SILENT: readonly string[] = ['createdAt', 'updatedAt']

/** As JSON holds it. */
const plain = (body: object): ModelEntry['body'] => JSON.parse(JSON.stringify(body))

const targetsOf = ({ relation, morphRelations }: FieldMetadata): readonly string[] =>
  [relation, ...(morphRelations ?? [])].flatMap((each) => each?.targetObjectId ?? [])

/** Fields after which a slice ends. Measured: 10 µs each. */
const MAX_FIELDS_PER_SLICE = 300

/** The model as it is announced, by ids of objects and fields. In slices. */
export const readModel = async (pool: Pool, workspaceId: string, onSlice?: SlicesOptions['onSlice']) => {
  const described = await describeInSlices(await readSources(pool, workspaceId), onSlice)
  const { version, objects } = described.metadata
  const slices = createSlices({ maxUnits: MAX_FIELDS_PER_SLICE, onSlice })
  const columns = await runInSlices(columnsOfFields(described), slices)
  const tables = new Map(objects.map(({ id, table }) => [id, table]))
  const entryOf = (object: ObjectMetadata, field: FieldMetadata): ModelEntry => ({
    name: 'fieldMetadata',
    needs: {
      tables: [...new Set([object.table, ...targetsOf(field).flatMap((id) => tables.get(id) ?? [])])],
      columns: (columns.get(field.id) ?? []).map(({ table, column }) => ({ table, column })),
    },
    body: plain(fieldBody(field, workspaceId)),
  })
  const model: Record<string, ModelEntry> = {}
  await eachInSlices(objects, slices, (object) => {
    model[object.id] = {
      name: 'objectMetadata',
      needs: { tables: [object.table], columns: [] },
      body: plain(objectBody(object, workspaceId)),
    }
    for (const field of object.fields) model[field.id] = entryOf(object, field)
    return 1 + object.fields.length
  })
  return { version, model }
}

/** Names of the properties that differ. */
export const updatedProperties = (before: ModelEntry['body'], after: ModelEntry['body']): readonly string[] =>
  Object.keys({ ...before, ...after }).filter(
    (name) => !SILENT.includes(name) && !isDeepStrictEqual(before[name], after[name]),
  )

/** In slices. */
const eventsBetween = async (
  before: AnnouncedModel,
  after: AnnouncedModel,
): Promise<readonly ModelEvent[]> => {
  const events = Object.entries(before).flatMap(([recordId, { body, ...entry }]): ModelEvent[] =>
    after[recordId] === undefined
      ? [{ ...entry, operation: 'deleted', recordId, before: body, after: null }]
      : [],
  )
  const slices = createSlices({ maxUnits: MAX_FIELDS_PER_SLICE })
  await eachInSlices(Object.entries(after), slices, ([recordId, { body, ...entry }]) => {
    const was = before[recordId]?.body
    if (was === undefined)
      events.push({ ...entry, operation: 'created', recordId, before: null, after: body })
    else if (updatedProperties(was, body).length > 0)
      events.push({ ...entry, operation: 'updated', recordId, before: was, after: body })
    return 1
  })
  return events
}

interface ModelAnnouncerOptions {
  readonly pool: Pool
  readonly clock: () => number
}

/** @returns deliveries stored */
const announce = async ({ pool, clock }: ModelAnnouncerOptions, workspaceId: string): Promise<number> => {
  const { version, model } = await readModel(pool, workspaceId)
  if (await beginAnnouncing(pool, workspaceId, version, model)) return 0
  return inTransaction(pool, async (client) => {
    const known = await lockAnnounced(client, workspaceId)
    // Another gateway was faster.
    if (known === null || known.version >= version) return 0
    const events = await eventsBetween(known.model, model)
    await storeAnnounced(client, workspaceId, version, model)
    const webhooks = (await listWebhooks(client, workspaceId)).filter(
      ({ status, operations }) =>
        status !== 'disabled' &&
        events.some(({ name, operation }) => matchesModel(operations, name, operation)),
    )
    if (webhooks.length === 0) return 0
    const stored = await insertModelEvents(client, workspaceId, events)
    const deliveries = stored.flatMap(({ id: changeId, xid, at }, place) =>
      events.slice(place, place + 1).flatMap(({ name, operation }) =>
        webhooks
          .filter(({ operations }) => matchesModel(operations, name, operation))
          .map(({ id: webhookId }) => ({
            ...{ webhookId, workspaceId, changeId, xid, at, recordKey: null },
            event: modelEventName(name, operation),
          })),
      ),
    )
    return insertDeliveries(client, deliveries, new Date(clock()))
  })
}

export interface ModelAnnouncer {
  /** Announces what is new in one model; afterwards everything later is announced. */
  readonly announce: (workspaceId: string) => Promise<number>
  /** Announces what is new in all models that webhooks ask for. @returns deliveries stored */
  readonly announceAll: () => Promise<number>
}

export const createModelAnnouncer = (options: ModelAnnouncerOptions): ModelAnnouncer => ({
  announce: (workspaceId) => announce(options, workspaceId),
  announceAll: async () => {
    let total = 0
    for (const workspaceId of await unannouncedWorkspaces(options.pool)) {
      try {
        total += await announce(options, workspaceId)
      } catch (error) {
        // The workspace was dropped meanwhile.
        if (!(error instanceof Refusal && error.code === 'NOT_FOUND')) throw error
      }
    }
    return total
  },
})
