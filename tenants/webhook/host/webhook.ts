// Webhooks of operators, for all workspaces: rows of tenantry.operator_webhooks. The key of the operator who
// created or resumed one answers for it. Secrets arrive and leave encrypted.

import type { ClientBase } from 'pg'
import type { Connection } from '../../../sql/ownerPool.ts'
import { startWebhookFeed } from '../../changes/webhookFeed.ts'
import { OF_OPERATORS } from '../../changes/webhookTables.ts'
import type { Operator } from '../../operator.ts'
import { Refusal } from '../../refusal.ts'
import { isUuid } from '../../uuid.ts'
import type { EncryptedSecrets } from '../webhook.ts'

export interface HostWebhookSettings {
  readonly targetUrl: string
  /** Host and port of the URL. */
  readonly host: string
  /** Of records. */
  readonly operations: readonly string[]
  /** Of operators. */
  readonly events: readonly string[]
  /** Ids; null: all. */
  readonly workspaces: readonly string[] | null
  readonly description: string | null
  /** Of one record, no change is sent before the one before it has ended. */
  readonly isOrdered: boolean
  /** Encrypted. */
  readonly secret: Buffer | null
}

export interface HostWebhook extends Omit<HostWebhookSettings, 'host'>, EncryptedSecrets {
  readonly id: string
  /** Values of records are sent. It never changes. */
  readonly includesValues: boolean
  readonly operatorKeyId: string
  readonly ownerName: string
  readonly status: 'active' | 'paused' | 'disabled'
  readonly statusReason: string | null
  /** In a row. */
  readonly failures: number
  readonly failingSince: Date | null
  /** When the next attempt is due, while the others wait for its success. */
  readonly probeAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

const MOST_WEBHOOKS = 100

const COLUMN_OF: Readonly<Record<keyof HostWebhookSettings, string>> = {
  targetUrl: 'target_url',
  host: 'host',
  operations: 'operations',
  events: 'events',
  workspaces: 'workspaces',
  description: 'description',
  isOrdered: 'is_ordered',
  secret: 'secret',
}

const COLUMNS = `id, target_url as "targetUrl", operations, events, workspaces, includes_values as "includesValues", description, is_ordered as "isOrdered", secret,
  previous_secret as "previousSecret", previous_secret_until as "previousSecretUntil", secret_activates_at as "secretActivatesAt",
  operator_key_id as "operatorKeyId", owner_name as "ownerName", status, status_reason as "statusReason", failures, failing_since as "failingSince", probe_at as "probeAt",
  created_at as "createdAt", updated_at as "updatedAt"`

/** Oldest first. */
export const listHostWebhooks = async (connection: Connection): Promise<readonly HostWebhook[]> =>
  (await connection.query<HostWebhook>(`select ${COLUMNS} from tenantry.operator_webhooks order by id`)).rows

export const findHostWebhook = async (
  connection: Connection,
  id: string,
  lock: '' | 'for update' = '',
): Promise<HostWebhook> => {
  const { rows } = isUuid(id)
    ? await connection.query<HostWebhook>(
        `select ${COLUMNS} from tenantry.operator_webhooks where id = $1 ${lock}`,
        [id],
      )
    : { rows: [] }
  const [webhook] = rows
  if (webhook === undefined) throw new Refusal('NOT_FOUND', `There is no webhook ${id.slice(0, 100)}.`)
  return webhook
}

const writtenOf = (settings: Partial<HostWebhookSettings>) => {
  const given = Object.entries(COLUMN_OF).flatMap(([name, column]) => {
    const value = settings[name as keyof HostWebhookSettings]
    return value === undefined ? [] : [{ column, value }]
  })
  return { columns: given.map(({ column }) => column), values: given.map(({ value }) => value) }
}

interface NewHostWebhook extends HostWebhookSettings {
  readonly id: string
  readonly includesValues: boolean
}

export const createHostWebhook = async (
  client: ClientBase,
  { id, includesValues, ...settings }: NewHostWebhook,
  operator: Operator,
): Promise<HostWebhook> => {
  const { rows: counted } = await client.query<{ count: number }>(
    'select count(*)::int as count from tenantry.operator_webhooks',
  )
  if ((counted[0]?.count ?? 0) >= MOST_WEBHOOKS)
    throw new Refusal('CONFLICT', `There are ${MOST_WEBHOOKS} webhooks of operators, which is the limit.`)
  const { columns, values } = writtenOf(settings)
  const all = ['id', 'includes_values', 'operator_key_id', 'owner_name', ...columns]
  await client.query(
    `insert into tenantry.operator_webhooks (${all.join(', ')}) values (${all.map((_, at) => `$${at + 1}`).join(', ')})`,
    [id, includesValues, operator.id, operator.name, ...values],
  )
  await startWebhookFeed(client, OF_OPERATORS)
  return findHostWebhook(client, id)
}

/** The one who resumes a webhook answers for it. */
const resume = async (client: ClientBase, id: string, { id: keyId, name }: Operator): Promise<void> => {
  await client.query(
    `update tenantry.operator_webhooks set status = 'active', status_reason = null, operator_key_id = $2, owner_name = $3,
       failures = 0, failing_since = null, probe_at = null, updated_at = now() where id = $1`,
    [id, keyId, name],
  )
}

interface HostWebhookUpdate extends Partial<HostWebhookSettings> {
  readonly status?: 'active' | 'paused'
}

export const updateHostWebhook = async (
  client: ClientBase,
  before: HostWebhook,
  { status, ...settings }: HostWebhookUpdate,
  operator: Operator,
): Promise<HostWebhook> => {
  const { columns, values } = writtenOf(settings)
  const sets = columns.map((column, at) => `, ${column} = $${at + 2}`)
  // A secret that is set replaces the one before at once.
  if (settings.secret !== undefined) sets.push(', previous_secret = null')
  await client.query(
    `update tenantry.operator_webhooks set updated_at = now()${sets.join('')} where id = $1`,
    [before.id, ...values],
  )
  if (status === 'active' && before.status !== 'active') await resume(client, before.id, operator)
  if (status === 'paused')
    await client.query(
      `update tenantry.operator_webhooks set status = 'paused', status_reason = $2 where id = $1 and status = 'active'`,
      [before.id, `Paused by ${operator.name}.`],
    )
  return findHostWebhook(client, before.id)
}

/** For a day, requests are signed with the old secret, too. @param secret encrypted */
export const rotateHostSecret = async (
  client: ClientBase,
  id: string,
  secret: Buffer,
): Promise<HostWebhook> => {
  await client.query(
    `update tenantry.operator_webhooks set secret = $2, previous_secret = secret, secret_activates_at = now(),
       previous_secret_until = now() + interval '24 hours', updated_at = now() where id = $1`,
    [id, secret],
  )
  return findHostWebhook(client, id)
}

/** Its waiting deliveries are never sent. */
export const deleteHostWebhook = async (client: ClientBase, id: string): Promise<void> => {
  await client.query('delete from tenantry.operator_webhooks where id = $1', [id])
}
