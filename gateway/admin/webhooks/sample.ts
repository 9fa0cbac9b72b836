// What an operator's webhook would send: body and headers of a change, or of an operator event, that did
// not happen. A record is the newest one of a workspace, read as its administrators read it. Details of
// events are examples.

import type { Pool } from 'pg'
import type { ConnectionPool } from '../../../sql/pipeline/pool.ts'
import type { ObjectModel } from '../../../tenants/model/model.ts'
import { eventsMatching, type OperatorEvent } from '../../../tenants/operatorEvents.ts'
import { newUuid } from '../../../tenants/uuid.ts'
import type { HostWebhook } from '../../../tenants/webhook/host/webhook.ts'
import { findWorkspace, listWorkspaces, type Workspace } from '../../../tenants/workspace.ts'
import type { Caller } from '../../auth/caller.ts'
import { recordIdOf } from '../../changes/entry.ts'
import { parseImage } from '../../changes/image.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { UNUSED_ID } from '../../records/exampleRecord.ts'
import { wholeOf } from '../../records/model/permission.ts'
import { scalarOf } from '../../records/read/key.ts'
import { matchesOperations, type RecordAction } from '../../webhooks/operations.ts'
import { recordPartOf, type Sample } from '../../webhooks/sample/sample.ts'
import { sampleRecord } from '../../webhooks/sample/sampleRecord.ts'
import type { SigningSecrets } from '../../webhooks/secret.ts'
import { headersOf, REQUEST_HEADERS } from '../../webhooks/signature.ts'
import type { HostEntry } from '../changes/entries.ts'
import { createAsAdministrators } from '../changes/values.ts'
import { hostBody } from './compose.ts'

interface HostSampleOptions {
  readonly pool: Pool
  readonly placement: { readonly connections: Pick<ConnectionPool, 'run'> }
  readonly open: (caller: Caller) => Promise<RequestContext<unknown>>
  readonly clock: () => number
}

interface SampledHostWebhook
  extends Pick<HostWebhook, 'id' | 'targetUrl' | 'operations' | 'events' | 'workspaces' | 'includesValues'> {
  /** Null: requests are not signed. */
  readonly secrets: SigningSecrets | null
}

interface AskedSample {
  /** Of records, or of operators; a pattern stands for its first name. */
  readonly kind: 'record' | 'event'
  readonly pattern: string
  /** Id or subdomain; absent: the oldest one whose changes the webhook receives. */
  readonly workspace: string | undefined
}

interface HostSample extends Omit<Sample, 'source'> {
  /** Whether the record exists, or is an example made from the data model; `EXAMPLE` for an event. */
  readonly source: Sample['source'] | 'EXAMPLE'
}

/** Throws Refusal NOT_FOUND for a workspace that does not exist. */
export type MakeHostSample = (webhook: SampledHostWebhook, asked: AskedSample) => Promise<HostSample>

type Made =
  | {
      readonly entry: HostEntry
      readonly source: HostSample['source']
      /** JSON of the record and of the previous one; null: absent. */
      readonly records: readonly (string | null)[]
    }
  | { readonly reason: string }

/** Changes with every update. */
const TOUCHED = 'updatedAt'

const EXAMPLE_KEY = { keyId: UNUSED_ID, roleId: UNUSED_ID }
const EXAMPLE_MEMBER = { workspaceMemberId: UNUSED_ID }

/** The details of an event, without the name of the workspace. */
const EXAMPLE_DETAILS: Readonly<Record<OperatorEvent, Readonly<Record<string, unknown>> | 'name'>> = {
  'workspace.created': 'name',
  'workspace.suspended': 'name',
  'workspace.resumed': 'name',
  'workspace.deleted': 'name',
  'workspace.restored': 'name',
  'workspace.dropped': 'name',
  'member.created': EXAMPLE_MEMBER,
  'member.updated': EXAMPLE_MEMBER,
  'member.removed': EXAMPLE_MEMBER,
  'apiKey.created': { ...EXAMPLE_KEY, expiresAt: null },
  'apiKey.revoked': EXAMPLE_KEY,
  'webhook.disabled': { webhookId: UNUSED_ID, reason: 'The receiver returned 410.' },
}

const unasked = (event: string): Made => ({ reason: `The webhook does not subscribe to ${event}.` })

/** The fields that a change of this action changes, in the order of the object. */
const changedFieldsOf = (
  object: ObjectModel,
  action: RecordAction,
  updatedFields: readonly string[] | undefined,
): readonly string[] | undefined => {
  const { softDelete } = wholeOf(object)
  const trash = softDelete === null ? undefined : scalarOf(object, softDelete.name)?.name
  const changed = updatedFields ?? (['deleted', 'restored'].includes(action) ? [trash] : null)
  return changed === null
    ? undefined
    : [...object.fields.keys()].filter((name) => changed.includes(name) || name === TOUCHED)
}

const idIn = (object: ObjectModel, record: string): string | null => {
  const values = parseImage(record, (name) => name)
  const after = new Map(
    object.key.map((column) => [column, values.get(scalarOf(object, column)?.name ?? '') ?? 'null']),
  )
  return recordIdOf({ object, before: null, after })
}

const ofRecord = async (
  { pool, open, placement, clock }: HostSampleOptions,
  webhook: SampledHostWebhook,
  operation: string,
  { id: workspaceId, subdomain }: Workspace,
): Promise<readonly [string, Made]> => {
  const context = await createAsAdministrators({ pool, open })(workspaceId)
  if (context === null) return [operation, { reason: `The workspace "${subdomain}" is suspended.` }]
  // Without values, the id is all that is needed.
  const settings = { changedFields: null, filter: null, includesPrevious: false }
  const shown = { ...settings, fields: webhook.includesValues ? null : [] }
  const part = recordPartOf(operation, context.model, shown)
  const object = context.model.objects.find(({ nameSingular }) => nameSingular === part?.object)
  if (part === null || object === undefined)
    return [operation, { reason: `The workspace "${subdomain}" has no object for ${operation}.` }]
  const { action } = part
  const event = `${part.object}.${action}`
  if (!matchesOperations(webhook.operations, part.object, action)) return [event, unasked(event)]
  const { source, record, updatedFields } = await sampleRecord(placement.connections, context, {
    ...{ object, action, settings: shown },
  })
  const entry: HostEntry = {
    ...{ kind: 'record', workspaceId, subdomain, at: new Date(clock()).toISOString() },
    actor: { ...EXAMPLE_KEY, roleId: context.caller.roleId, requestId: UNUSED_ID },
    ...{ object: part.object, id: idIn(object, record), operation: action },
    changedFields: changedFieldsOf(object, action, updatedFields),
  }
  const records = [action === 'destroyed' ? null : record, action === 'created' ? null : record]
  return [event, { entry, source, records: webhook.includesValues ? records : [] }]
}

const ofEvent = (
  { clock }: HostSampleOptions,
  webhook: SampledHostWebhook,
  pattern: string,
  { id: workspaceId, subdomain, name }: Workspace,
): readonly [string, Made] => {
  const [event] = eventsMatching([pattern])
  if (event === undefined || !eventsMatching(webhook.events).has(event)) return [pattern, unasked(pattern)]
  const example = EXAMPLE_DETAILS[event]
  const details = example === 'name' ? { name } : example
  const at = new Date(clock()).toISOString()
  const entry: HostEntry = { kind: 'event', workspaceId, subdomain, at, event, details }
  return [event, { entry, source: 'EXAMPLE', records: [] }]
}

const workspaceOf = async (
  { pool }: HostSampleOptions,
  { workspaces }: SampledHostWebhook,
  { workspace: reference }: AskedSample,
): Promise<Workspace | { readonly reason: string }> => {
  if (reference === undefined) {
    const { items } = await listWorkspaces(pool, { ids: workspaces, limit: 1 })
    return items[0] ?? { reason: 'There is no workspace whose changes the webhook receives.' }
  }
  const workspace = await findWorkspace(pool, reference)
  return workspaces === null || workspaces.includes(workspace.id)
    ? workspace
    : { reason: `The webhook does not receive changes of the workspace "${workspace.subdomain}".` }
}

export const createHostSample =
  (options: HostSampleOptions): MakeHostSample =>
  async (webhook, asked) => {
    const nothing = (event: string, reason: string) => ({
      ...{ event, source: null, body: null, headers: null, reason },
    })
    const workspace = await workspaceOf(options, webhook, asked)
    if ('reason' in workspace) return nothing(asked.pattern, workspace.reason)
    const [event, made] = await (asked.kind === 'event'
      ? ofEvent(options, webhook, asked.pattern, workspace)
      : ofRecord(options, webhook, asked.pattern, workspace))
    if ('reason' in made) return nothing(event, made.reason)
    const { entry, source, records } = made
    const body = hostBody({ event, webhook }, entry, records)
    const signed = headersOf({ id: newUuid(), body, atMs: options.clock(), secrets: webhook.secrets })
    return { event, source, body, headers: { ...REQUEST_HEADERS, ...signed }, reason: null }
  }
