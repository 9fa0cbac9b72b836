// What a webhook would send: body and headers of an event that did not happen. Made for a role, so it shows
// what the role may read, and with the settings that a delivery has.

import type { Pool } from 'pg'
import type { ConnectionPool } from '../../../sql/pipeline/pool.ts'
import { findUserId } from '../../../tenants/member/userId.ts'
import type { Model } from '../../../tenants/model/model.ts'
import { newUuid } from '../../../tenants/uuid.ts'
import {
  isModelEvent,
  METADATA_ACTIONS,
  METADATA_NAMES,
  type MetadataAction,
  type MetadataName,
  type ModelEvent,
} from '../../../tenants/webhook/modelEvents.ts'
import { findObjectId } from '../../../tenants/webhook/objectId.ts'
import type { RecordSettings } from '../../../tenants/webhook/settings.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { isReadable } from '../../records/model/permission.ts'
import { unreadable } from '../body.ts'
import { modelBodyOf, sightOfEvents } from '../modelBody.ts'
import { readModel } from '../modelEvents.ts'
import {
  matchesModel,
  matchesOperations,
  modelEventName,
  RECORD_ACTIONS,
  type RecordAction,
} from '../operations.ts'
import { recordEventBody } from '../recordBody.ts'
import { settingsFaultOf } from '../recordSettings.ts'
import type { SigningSecrets } from '../secret.ts'
import { headersOf, REQUEST_HEADERS } from '../signature.ts'
import { type SampleRecord, sampleRecord } from './sampleRecord.ts'

interface SampleOptions {
  readonly pool: Pool
  readonly connections: Pick<ConnectionPool, 'run'>
  readonly clock: () => number
}

interface SampledWebhook extends RecordSettings {
  readonly id: string
  readonly workspaceId: string
  readonly targetUrl: string
  readonly operations: readonly string[]
  /** Null: requests are not signed. */
  readonly secrets: SigningSecrets | null
}

export interface Sample {
  readonly event: string
  /** Whether the record exists, or is an example made from the data model. */
  readonly source: SampleRecord['source'] | null
  readonly body: string | null
  readonly headers: Readonly<Record<string, string>> | null
  /** Why nothing would be sent. */
  readonly reason: string | null
}

/** @param context of the webhook's role. @param operation a valid one */
export type MakeSample = (
  context: RequestContext<unknown>,
  webhook: SampledWebhook,
  operation: string,
) => Promise<Sample>

type Made = { readonly body: string; readonly source: SampleRecord['source'] } | { readonly reason: string }

const orFirst = <Word extends string>(words: readonly Word[], asked: string | undefined, first: Word): Word =>
  words.find((word) => word === asked) ?? first

interface RecordPart {
  readonly object: string
  readonly action: RecordAction
}

/** `*` becomes the first object that the role reads, and the first action. */
export const recordPartOf = (
  operation: string,
  model: Model,
  settings: RecordSettings,
): RecordPart | null => {
  const [named, action] = operation.split('.')
  const readable = model.objects.find((object) => isReadable(object))?.nameSingular
  const object = named === '*' ? readable : named
  const first = settings.changedFields === null ? 'created' : 'updated'
  return object === undefined ? null : { object, action: orFirst(RECORD_ACTIONS, action, first) }
}

const sampleOfRecord = async (
  { pool, connections, clock }: SampleOptions,
  context: RequestContext<unknown>,
  webhook: SampledWebhook,
  { object: name, action }: RecordPart,
): Promise<Made> => {
  const { model, workspace, caller } = context
  const object = model.objects.find(({ nameSingular }) => nameSingular === name)
  if (object === undefined || !isReadable(object))
    return { reason: unreadable(context, 'the record').cancelled }
  const fault = settingsFaultOf(model, object, webhook)
  if (fault !== null) return { reason: fault }
  const { source, ...made } = await sampleRecord(connections, context, { object, action, settings: webhook })
  const { workspaceMemberId } = caller
  const body = recordEventBody({
    event: `${name}.${action}`,
    webhook,
    objectMetadata: { id: await findObjectId(pool, workspace.id, object.table), nameSingular: name },
    at: new Date(clock()).toISOString(),
    userId: workspaceMemberId === null ? null : await findUserId(pool, workspace.schema, workspaceMemberId),
    workspaceMemberId,
    ...made,
  })
  return { body, source }
}

interface ModelPart {
  readonly name: MetadataName
  readonly action: MetadataAction
}

const modelPartOf = (operation: string): ModelPart => {
  const [, name, action] = operation.split('.')
  return {
    name: orFirst(METADATA_NAMES, name, 'objectMetadata'),
    action: orFirst(METADATA_ACTIONS, action, 'created'),
  }
}

/** The changed label of an update. */
const PREVIOUS_LABEL = 'Previous label'

const sampleOfModel = async (
  { pool, clock }: SampleOptions,
  context: RequestContext<unknown>,
  webhook: SampledWebhook,
  { name, action }: ModelPart,
): Promise<Made> => {
  const { model } = await readModel(pool, context.workspace.id)
  const mayShow = await sightOfEvents(pool, context)
  const label = name === 'objectMetadata' ? 'labelSingular' : 'label'
  for (const [recordId, { body, ...entry }] of Object.entries(model)) {
    if (entry.name !== name) continue
    const event: ModelEvent = {
      ...{ ...entry, operation: action, recordId },
      before:
        action === 'created' ? null : action === 'updated' ? { ...body, [label]: PREVIOUS_LABEL } : body,
      after: action === 'deleted' ? null : body,
    }
    if (!mayShow(event)) continue
    const at = new Date(clock())
    return {
      body: modelBodyOf({ event: modelEventName(name, action), at, webhook }, event),
      source: 'RECORD',
    }
  }
  return { reason: unreadable(context, 'this part of the data model').cancelled }
}

/** The event, and the body that it has. */
const make = async (
  options: SampleOptions,
  context: RequestContext<unknown>,
  webhook: SampledWebhook,
  operation: string,
): Promise<readonly [string, Made]> => {
  const { operations } = webhook
  const unasked = (event: string) =>
    [event, { reason: `The webhook does not subscribe to ${event}.` }] as const
  if (isModelEvent(operation)) {
    const part = modelPartOf(operation)
    const event = modelEventName(part.name, part.action)
    if (!matchesModel(operations, part.name, part.action)) return unasked(event)
    return [event, await sampleOfModel(options, context, webhook, part)]
  }
  const part = recordPartOf(operation, context.model, webhook)
  if (part === null) return [operation, { reason: unreadable(context, 'any records').cancelled }]
  const event = `${part.object}.${part.action}`
  if (!matchesOperations(operations, part.object, part.action)) return unasked(event)
  return [event, await sampleOfRecord(options, context, webhook, part)]
}

export const createSample =
  (options: SampleOptions): MakeSample =>
  async (context, webhook, operation) => {
    const [event, made] = await make(options, context, webhook, operation)
    if ('reason' in made) return { event, source: null, body: null, headers: null, reason: made.reason }
    const { body, source } = made
    const atMs = options.clock()
    const signed = headersOf({ id: newUuid(), body, atMs, secrets: webhook.secrets })
    return { event, source, body, headers: { ...REQUEST_HEADERS, ...signed }, reason: null }
  }
