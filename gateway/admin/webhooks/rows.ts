// `/admin/webhooks`: webhooks of operators and their deliveries. All of it needs the scope `events`. The ones
// that send values need `events:values`, too, and so do their logs: answers may repeat what was sent.

import type { ClientBase, Pool } from 'pg'
import { inTransaction } from '../../../sql/ownerPool.ts'
import { MAX_PAGE } from '../../../tenants/listPage.ts'
import { audit, type Operator } from '../../../tenants/operator.ts'
import { isUuid, newUuid } from '../../../tenants/uuid.ts'
import { auditedUrl } from '../../../tenants/webhook/auditedUrl.ts'
import { DELIVERY_STATUSES } from '../../../tenants/webhook/deliveryLog.ts'
import { listHostDeliveries, redeliverToHost } from '../../../tenants/webhook/host/deliveryLog.ts'
import {
  createHostWebhook,
  deleteHostWebhook,
  findHostWebhook,
  type HostWebhook,
  listHostWebhooks,
  rotateHostSecret,
  updateHostWebhook,
} from '../../../tenants/webhook/host/webhook.ts'
import { integerParameter, knownWord, one } from '../../changes/changesRequest.ts'
import { badInput } from '../../error/problem.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Context, Handler, RouteRow } from '../../http/context.ts'
import { checkParameters } from '../../http/listQuery.ts'
import { parseQuery } from '../../http/query.ts'
import { rowsOf } from '../../http/surface.ts'
import { parseIsoDate } from '../../isoDate.ts'
import { nextAttemptOf } from '../../webhooks/schedule.ts'
import { MASK, newSigningSecret } from '../../webhooks/secret.ts'
import { checkedTarget } from '../../webhooks/target.ts'
import type { Webhooks } from '../../webhooks/webhooks.ts'
import { flagOf, type JsonBody, jsonBodyOf, requiredText, textOf } from '../body.ts'
import { requireScope } from '../scope.ts'
import { CHANGEABLE, secretIn, settingsIn } from './input.ts'
import type { HostReplay } from './replay.ts'
import type { MakeHostSample } from './sample.ts'
import { answerSample } from './sampleRequest.ts'

interface HostWebhookRowsOptions {
  readonly pool: Pool
  readonly readJson: ReadJson
  readonly webhooks: Pick<Webhooks, 'rules' | 'secrets' | 'sendTestEvent'>
  readonly replay: HostReplay
  readonly sample: MakeHostSample
  /** Makes this gateway look for due deliveries. */
  readonly look: () => void
}

interface Call {
  readonly operator: Operator
  readonly ctx: Context
  /** Of the webhook, from the path. */
  readonly id: string
  /** Of the delivery. */
  readonly part: string
}

interface Answer {
  readonly status?: number
  readonly body: unknown
}

type Act = (options: HostWebhookRowsOptions, call: Call) => Promise<Answer>

/** @param secret in full, after it was set */
const shown = (webhook: HostWebhook, secret?: string) => {
  const { previousSecret, secretActivatesAt: _, probeAt: __, ...known } = webhook
  const { operatorKeyId, ownerName, isOrdered, ...others } = known
  return {
    ...others,
    nextAttemptAt: nextAttemptOf(webhook),
    ordered: isOrdered,
    secret: secret ?? (webhook.secret === null ? '' : MASK),
    previousSecretUntil: previousSecret === null ? null : webhook.previousSecretUntil,
    owner: { operatorKeyId, name: ownerName },
  }
}

/** The webhook, locked, if the operator may manage it. */
const lockManageable = async (client: ClientBase, { id, operator }: Call): Promise<HostWebhook> => {
  const webhook = await findHostWebhook(client, id, 'for update')
  if (webhook.includesValues) requireScope(operator, 'events:values')
  return webhook
}

/** The change and its audit row share a transaction. */
const changing = <Result>(
  { pool }: HostWebhookRowsOptions,
  { operator }: Call,
  action: string,
  change: (client: ClientBase) => Promise<{ readonly result: Result; readonly details: JsonBody }>,
): Promise<Result> =>
  inTransaction(pool, async (client) => {
    const { result, details } = await change(client)
    await audit(client, operator, { action, workspaceId: null, details })
    return result
  })

const bodyIn = async ({ readJson }: HostWebhookRowsOptions, { ctx }: Call, names: readonly string[]) =>
  jsonBodyOf(await readJson(ctx.req), names)

const create: Act = async (options, call) => {
  const { pool, webhooks } = options
  const { operator } = call
  const body = await bodyIn(options, call, [...CHANGEABLE, 'includeValues'])
  const includesValues = flagOf(body, 'includeValues', false)
  if (includesValues) requireScope(operator, 'events:values')
  const target = await checkedTarget(requiredText(body, 'targetUrl'), webhooks.rules)
  const plain = secretIn(body) ?? newSigningSecret()
  const settings = await settingsIn(pool, body)
  const id = newUuid()
  const wanted = {
    ...{ operations: ['*.*'], events: ['*.*'], workspaces: null, description: null, isOrdered: false },
    ...settings,
    ...{ id, includesValues, targetUrl: target.url, host: target.host },
  }
  const encrypt = webhooks.secrets.encrypting(id, plain)
  const webhook = await changing(options, call, 'operatorWebhook.create', async (client) => ({
    result: await createHostWebhook(client, { ...wanted, secret: await encrypt(client) }, operator),
    details: { webhookId: id, targetUrl: auditedUrl(target.url), ...settings, includesValues },
  }))
  return { status: 201, body: shown(webhook, plain) }
}

const statusIn = (body: JsonBody): 'active' | 'paused' | undefined => {
  const status = textOf(body, 'status')
  return status === undefined ? undefined : knownWord('the states', ['active', 'paused'] as const, status)
}

const update: Act = async (options, call) => {
  const { pool, webhooks } = options
  const body = await bodyIn(options, call, [...CHANGEABLE, 'status'])
  const targetUrl = textOf(body, 'targetUrl')
  const target = targetUrl === undefined ? undefined : await checkedTarget(targetUrl, webhooks.rules)
  const status = statusIn(body)
  const given = secretIn(body)
  const plain = given === MASK ? undefined : given
  const settings = await settingsIn(pool, body)
  const webhook = await changing(options, call, 'operatorWebhook.update', async (client) => {
    const before = await lockManageable(client, call)
    const wanted = {
      ...settings,
      ...(target === undefined ? {} : { targetUrl: target.url, host: target.host }),
      ...(plain === undefined ? {} : { secret: await webhooks.secrets.encrypting(before.id, plain)(client) }),
      ...(status === undefined ? {} : { status }),
    }
    const { secret: _, ...written } = { secret: null, ...wanted }
    const url = target === undefined ? {} : { targetUrl: auditedUrl(target.url) }
    return {
      result: await updateHostWebhook(client, before, wanted, call.operator),
      details: { webhookId: before.id, ...written, ...url, hasNewSecret: plain !== undefined },
    }
  })
  return { body: shown(webhook, plain) }
}

const remove: Act = async (options, call) => {
  await changing(options, call, 'operatorWebhook.delete', async (client) => {
    const { id, targetUrl } = await lockManageable(client, call)
    return {
      result: await deleteHostWebhook(client, id),
      details: { webhookId: id, targetUrl: auditedUrl(targetUrl) },
    }
  })
  return { body: { id: call.id } }
}

const rotate: Act = async (options, call) => {
  const { secrets } = options.webhooks
  const plain = newSigningSecret()
  const webhook = await changing(options, call, 'operatorWebhook.rotate', async (client) => {
    const { id } = await lockManageable(client, call)
    const encrypted = await secrets.encrypting(id, plain)(client)
    if (encrypted === null) throw badInput('secret must not be empty.')
    return { result: await rotateHostSecret(client, id, encrypted), details: { webhookId: id } }
  })
  return { body: shown(webhook, plain) }
}

const test: Act = async (options, call) => {
  const webhook = await changing(options, call, 'operatorWebhook.test', async (client) => ({
    result: await lockManageable(client, call),
    details: { webhookId: call.id },
  }))
  return { body: await options.webhooks.sendTestEvent(webhook) }
}

const sample =
  (isExisting: boolean): Act =>
  async (options, { operator, ctx, id }) => ({
    body: await answerSample(options, operator, isExisting ? id : null, await options.readJson(ctx.req)),
  })

const REPLAY_PROPERTIES = ['from', 'to', 'after']

const timeIn = (body: JsonBody, name: string): Date | null => {
  const text = textOf(body, name)
  if (text === undefined) return null
  const time = parseIsoDate(text)
  if (time !== null) return time
  throw badInput(`${name} must be a time, as in 2026-01-31T12:00:00Z.`)
}

const replay: Act = async (options, call) => {
  const body = await bodyIn(options, call, REPLAY_PROPERTIES)
  const [from, to] = [timeIn(body, 'from'), timeIn(body, 'to')]
  const after = textOf(body, 'after') ?? null
  const webhook = await changing(options, call, 'operatorWebhook.replay', async (client) => ({
    result: await lockManageable(client, call),
    details: { webhookId: call.id, from, to },
  }))
  const answer = await options.replay(webhook, { from, to, after })
  options.look()
  return { body: answer }
}

const DEFAULT_PAGE = 60
const LIST_PARAMETERS = ['limit', 'starting_after', 'status']

const listDeliveries: Act = async ({ pool }, call) => {
  const query = parseQuery(call.ctx.state.target.search)
  const status = one(query, 'status')
  const after = one(query, 'starting_after') ?? null
  if (after !== null && !isUuid(after))
    throw badInput(`'starting_after' must be the id of a delivery, got '${after.slice(0, 100)}'`)
  const page = {
    first: integerParameter(query, 'limit', DEFAULT_PAGE, [1, MAX_PAGE]),
    after,
    status: status === undefined ? null : knownWord('the states', DELIVERY_STATUSES, status),
  }
  const webhook = await findHostWebhook(pool, call.id)
  if (webhook.includesValues) requireScope(call.operator, 'events:values')
  return { body: { deliveries: await listHostDeliveries(pool, webhook.id, page) } }
}

const redeliver: Act = async (options, call) => {
  const delivery = await changing(options, call, 'operatorWebhook.redeliver', async (client) => {
    const { id } = await lockManageable(client, call)
    return {
      result: await redeliverToHost(client, id, call.part),
      details: { webhookId: id, deliveryId: call.part },
    }
  })
  options.look()
  return { body: delivery }
}

const DELIVERIES = 'GET /admin/webhooks/{id}/deliveries'

const ACTS: Readonly<Record<string, Act>> = {
  'GET /admin/webhooks': async ({ pool }) => ({
    body: { webhooks: (await listHostWebhooks(pool)).map((webhook) => shown(webhook)) },
  }),
  'POST /admin/webhooks': create,
  'POST /admin/webhooks/sample': sample(false),
  'GET /admin/webhooks/{id}': async ({ pool }, { id }) => ({ body: shown(await findHostWebhook(pool, id)) }),
  'PATCH /admin/webhooks/{id}': update,
  'DELETE /admin/webhooks/{id}': remove,
  'POST /admin/webhooks/{id}/secret': rotate,
  'POST /admin/webhooks/{id}/test': test,
  'POST /admin/webhooks/{id}/sample': sample(true),
  'POST /admin/webhooks/{id}/replay': replay,
  [DELIVERIES]: listDeliveries,
  'POST /admin/webhooks/{id}/deliveries/{part}/redeliver': redeliver,
}

export const hostWebhookRows = (options: HostWebhookRowsOptions): readonly RouteRow<Handler<Operator>>[] => {
  const handlers = Object.entries(ACTS).map(([name, act]): [string, Handler<Operator>] => [
    name,
    async (ctx, operator) => {
      requireScope(operator, 'events')
      const { params, search } = ctx.state.target
      checkParameters(parseQuery(search), name === DELIVERIES ? LIST_PARAMETERS : [])
      ctx.state.route = name.slice(name.indexOf(' ') + 1)
      const { status = 200, body } = await act(options, {
        operator,
        ctx,
        id: params.id ?? '',
        part: params.part ?? '',
      })
      ctx.status = status
      ctx.body = body
    },
  ])
  return rowsOf(Object.fromEntries(handlers))
}
