// Webhooks: rows of tenantry.webhooks. A webhook sees with a role. An actor can create, change or delete one
// only if that role does not exceed the actor's own. Secrets are encrypted in the transaction that stores
// them, and leave encrypted.

import type { ClientBase, Pool } from 'pg'
import type { Connection } from '../../sql/ownerPool.ts'
import { auditCaller } from '../auditCaller.ts'
import { startWebhookFeed } from '../changes/webhookFeed.ts'
import { OF_WORKSPACES } from '../changes/webhookTables.ts'
import { type Actor, refuseStronger, requireFlag } from '../permission/actor.ts'
import { ensurePgRole } from '../permission/pgRole.ts'
import { lockRole } from '../permission/role.ts'
import { quotaRefusal, readQuota } from '../quota/quota.ts'
import { Refusal } from '../refusal.ts'
import { changingWorkspace } from '../workspaceLock.ts'
import { auditedUrl } from './auditedUrl.ts'
import {
  type EncryptSecret,
  RECORD_COLUMNS,
  type RecordSettings,
  type WebhookSettings,
  writtenSettings,
} from './settings.ts'

const WEBHOOK_STATUSES = ['active', 'paused', 'disabled'] as const
type WebhookStatus = (typeof WEBHOOK_STATUSES)[number]

/** Secrets, encrypted. */
export interface EncryptedSecrets {
  /** Null: requests are not signed. */
  readonly secret: Buffer | null
  /** The one before the last rotation, and until when requests are signed with both. */
  readonly previousSecret: Buffer | null
  readonly previousSecretUntil: Date | null
  /** Until then the contract's single signature is made with the previous one; null: always the newest. */
  readonly secretActivatesAt: Date | null
}

export interface Webhook extends EncryptedSecrets, RecordSettings {
  readonly id: string
  readonly workspaceId: string
  readonly targetUrl: string
  readonly operations: readonly string[]
  readonly description: string | null
  /** Null, like its parts: the role was deleted. */
  readonly roleId: string | null
  readonly roleLabel: string | null
  readonly pgRole: string | null
  /** The key or the member that answers for it. */
  readonly keyId: string | null
  readonly workspaceMemberId: string | null
  readonly ownerName: string
  /** Changes by that key or member are not delivered. */
  readonly skipsOwnChanges: boolean
  readonly isOrdered: boolean
  readonly status: WebhookStatus
  readonly statusReason: string | null
  /** In a row. */
  readonly failures: number
  readonly failingSince: Date | null
  /** When the next attempt is due, while the others wait for its success. */
  readonly probeAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** Who answers for a webhook. */
type WebhookOwner = Pick<Actor, 'keyId' | 'workspaceMemberId' | 'name'>

interface InsertedWebhook extends WebhookSettings {
  readonly id: string
  readonly workspaceId: string
}

interface NewWebhook extends Omit<InsertedWebhook, 'secret'> {
  readonly secret: EncryptSecret
}

interface WebhookUpdate extends Partial<Omit<WebhookSettings, 'secret'>> {
  readonly secret?: EncryptSecret
  readonly status?: Exclude<WebhookStatus, 'disabled'>
}

const COLUMNS = `id, workspace_id as "workspaceId", target_url as "targetUrl", operations, description, secret,
  previous_secret as "previousSecret", previous_secret_until as "previousSecretUntil", secret_activates_at as "secretActivatesAt",
  role_id as "roleId", (select r.label from tenantry.roles r where r.id = role_id) as "roleLabel",
  (select r.pg_role from tenantry.roles r where r.id = role_id) as "pgRole", api_key_id as "keyId",
  workspace_member_id as "workspaceMemberId", owner_name as "ownerName", skips_own_changes as "skipsOwnChanges",
  is_ordered as "isOrdered", ${RECORD_COLUMNS}, status, status_reason as "statusReason", failures, failing_since as "failingSince", probe_at as "probeAt", created_at as "createdAt", updated_at as "updatedAt"`

export const webhookNotFound = (): Refusal => new Refusal('NOT_FOUND', 'Webhook not found')

/** Oldest first. */
export const listWebhooks = async (
  connection: Connection,
  workspaceId: string,
): Promise<readonly Webhook[]> => {
  const { rows } = await connection.query<Webhook>(
    `select ${COLUMNS} from tenantry.webhooks where workspace_id = $1 order by id`,
    [workspaceId],
  )
  return rows
}

export const findWebhook = async (
  connection: Connection,
  workspaceId: string,
  id: string,
  lock: '' | 'for update' = '',
): Promise<Webhook> => {
  const { rows } = await connection.query<Webhook>(
    `select ${COLUMNS} from tenantry.webhooks where id = $1 and workspace_id = $2 ${lock}`,
    [id, workspaceId],
  )
  const [webhook] = rows
  if (webhook === undefined) throw webhookNotFound()
  return webhook
}

const refuseTooMany = async (client: ClientBase, workspaceId: string, max: number): Promise<void> => {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from tenantry.webhooks where workspace_id = $1',
    [workspaceId],
  )
  const count = rows[0]?.count ?? 0
  const quota = await readQuota(client, workspaceId, 'maxWebhooks')
  if (quota !== undefined && count >= quota) throw quotaRefusal('maxWebhooks', quota)
  if (quota !== undefined || count < max) return
  throw new Refusal('CONFLICT', `The workspace has ${count} webhooks, and ${max} are allowed.`, {
    hint: 'Delete one, or ask the operator of this gateway for more (MAX_WEBHOOKS).',
  })
}

const UNIQUE_VIOLATION = '23505'

const insert = async (
  client: ClientBase,
  { id, workspaceId, ...settings }: InsertedWebhook,
  owner: WebhookOwner,
): Promise<Webhook> => {
  const { columns, values } = writtenSettings(settings)
  const all = [...['id', 'workspace_id', 'api_key_id', 'workspace_member_id', 'owner_name'], ...columns]
  try {
    const { rows } = await client.query<Webhook>(
      `insert into tenantry.webhooks (${all.join(', ')}) values (${all.map((_, at) => `$${at + 1}`).join(', ')}) returning ${COLUMNS}`,
      [
        ...[id, workspaceId, owner.keyId ?? null, owner.workspaceMemberId ?? null, owner.name ?? ''],
        ...values,
      ],
    )
    const [webhook] = rows
    if (webhook === undefined) throw new Error('A webhook was inserted but not returned.')
    return webhook
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION)
      throw new Refusal('CONFLICT', `There is a webhook with the id ${id} already.`, { cause: error })
    throw error
  }
}

/** Prepares a role for a webhook. It must not exceed the actor's own. */
const bind = async (client: ClientBase, workspaceId: string, roleId: string, actor: Actor) => {
  const { label } = await lockRole(client, workspaceId, roleId)
  await refuseStronger(client, actor, roleId)
  return { roleId, roleLabel: label, pgRole: await ensurePgRole(client, roleId) }
}

/** The role for a webhook, if the actor may give it to one. */
export const roleToBind = (pool: Pool, workspaceId: string, roleId: string, actor: Actor) =>
  changingWorkspace(pool, workspaceId, async (client) => {
    await requireFlag(client, workspaceId, actor, 'API_KEYS_AND_WEBHOOKS')
    return bind(client, workspaceId, roleId, actor)
  })

/** @param max webhooks of a workspace */
export const createWebhook = (pool: Pool, wanted: NewWebhook, actor: Actor, max: number): Promise<Webhook> =>
  changingWorkspace(pool, wanted.workspaceId, async (client) => {
    const { workspaceId } = wanted
    await requireFlag(client, workspaceId, actor, 'API_KEYS_AND_WEBHOOKS')
    await bind(client, workspaceId, wanted.roleId, actor)
    await refuseTooMany(client, workspaceId, max)
    const webhook = await insert(client, { ...wanted, secret: await wanted.secret(client) }, actor)
    await startWebhookFeed(client)
    const { targetUrl, operations } = webhook
    const details = { webhookId: webhook.id, targetUrl: auditedUrl(targetUrl), operations }
    await auditCaller(client, actor, { action: 'webhook.create', workspaceId, details })
    return webhook
  })

/**
 * The webhook, locked, if the actor may manage it. A webhook without a role has no rights to exceed.
 * @param client of a `changingWorkspace`
 */
export const lockManageable = async (
  client: ClientBase,
  workspaceId: string,
  id: string,
  actor: Actor,
): Promise<Webhook> => {
  await requireFlag(client, workspaceId, actor, 'API_KEYS_AND_WEBHOOKS')
  const webhook = await findWebhook(client, workspaceId, id, 'for update')
  if (webhook.roleId !== null) await refuseStronger(client, actor, webhook.roleId)
  return webhook
}

/** Throws unless the actor may manage the webhook. */
export const requireManageable = async (
  pool: Pool,
  workspaceId: string,
  id: string,
  actor: Actor,
): Promise<void> => {
  await changingWorkspace(pool, workspaceId, (client) => lockManageable(client, workspaceId, id, actor))
}

/** The webhook, for a request that the actor makes it send. */
export const webhookToTest = (pool: Pool, workspaceId: string, id: string, actor: Actor): Promise<Webhook> =>
  changingWorkspace(pool, workspaceId, async (client) => {
    const webhook = await lockManageable(client, workspaceId, id, actor)
    await auditCaller(client, actor, { action: 'webhook.test', workspaceId, details: { webhookId: id } })
    return webhook
  })

/** The one who resumes a webhook answers for it. A role that is gone gives way to the actor's. */
const resume = async (client: ClientBase, { id, roleId }: Webhook, actor: Actor): Promise<void> => {
  if (roleId === null) await ensurePgRole(client, actor.roleId)
  await client.query(
    `update tenantry.webhooks set status = 'active', status_reason = null, role_id = coalesce(role_id, $2), api_key_id = $3,
       workspace_member_id = $4, owner_name = $5, failures = 0, failing_since = null, probe_at = null, updated_at = now() where id = $1`,
    [id, actor.roleId, actor.keyId ?? null, actor.workspaceMemberId ?? null, actor.name ?? ''],
  )
}

export const updateWebhook = (
  pool: Pool,
  workspaceId: string,
  id: string,
  update: WebhookUpdate,
  actor: Actor,
): Promise<Webhook> =>
  changingWorkspace(pool, workspaceId, async (client) => {
    const before = await lockManageable(client, workspaceId, id, actor)
    const { status, secret, ...settings } = update
    if (settings.roleId !== undefined) await bind(client, workspaceId, settings.roleId, actor)
    const { columns, values } = writtenSettings({
      ...settings,
      ...(secret === undefined ? {} : { secret: await secret(client) }),
    })
    const sets = columns.map((column, at) => `, ${column} = $${at + 2}`)
    // A secret that is set replaces the one before at once.
    if (secret !== undefined) sets.push(', previous_secret = null')
    await client.query(`update tenantry.webhooks set updated_at = now()${sets.join('')} where id = $1`, [
      id,
      ...values,
    ])
    if (status === 'active' && before.status !== 'active') await resume(client, before, actor)
    if (status === 'paused')
      await client.query(
        `update tenantry.webhooks set status = 'paused', status_reason = $2 where id = $1 and status = 'active'`,
        [id, `Paused by ${actor.name ?? 'a caller'}.`],
      )
    const { targetUrl, ...shown } = settings
    const url = targetUrl === undefined ? {} : { targetUrl: auditedUrl(targetUrl) }
    const details = {
      ...{ webhookId: id, ...shown, ...(status === undefined ? {} : { status }), ...url },
      hasNewSecret: secret !== undefined,
    }
    await auditCaller(client, actor, { action: 'webhook.update', workspaceId, details })
    return findWebhook(client, workspaceId, id)
  })

/** Its waiting deliveries are never sent. @returns the webhook as it was */
export const deleteWebhook = (pool: Pool, workspaceId: string, id: string, actor: Actor): Promise<Webhook> =>
  changingWorkspace(pool, workspaceId, async (client) => {
    const webhook = await lockManageable(client, workspaceId, id, actor)
    await client.query('delete from tenantry.webhooks where id = $1', [id])
    const details = { webhookId: id, targetUrl: auditedUrl(webhook.targetUrl) }
    await auditCaller(client, actor, { action: 'webhook.delete', workspaceId, details })
    return webhook
  })

/** @param reason a sentence */
export const stopWebhook = async (
  connection: Connection,
  id: string,
  status: 'paused' | 'disabled',
  reason: string,
  { webhooks } = OF_WORKSPACES,
): Promise<void> => {
  await connection.query(
    `update ${webhooks} set status = $2, status_reason = $3, updated_at = now() where id = $1 and status = 'active'`,
    [id, status, reason],
  )
}
