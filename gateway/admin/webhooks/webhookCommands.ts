// Commands about webhooks of operators, over the operator API.

import type { CommandOption, CommandOutput, Input, LocalCommand } from '../command.ts'
import { ask, URL_OPTION } from '../observeCommands.ts'
import { tableText } from '../table.ts'
import { webhookSample } from './sampleCommand.ts'

interface ShownWebhook {
  readonly id: string
  readonly targetUrl: string
  readonly operations: readonly string[]
  readonly events: readonly string[]
  readonly status: string
  readonly statusReason: string | null
  /** In a row. */
  readonly failures: number
  readonly secret: string
}

interface ShownDelivery {
  readonly id: string
  readonly workspaceId: string
  readonly event: string
  readonly eventDate: string
  readonly status: string
  readonly attempts: readonly { readonly status?: number; readonly error?: string }[]
}

interface Replayed {
  readonly deliveries: number
  readonly from: string
  readonly position: string | null
}

const names = (meaning: string): CommandOption => ({ type: 'string', value: 'names', meaning })

const listIn = (input: Input, name: string): Readonly<Record<string, readonly string[]>> => {
  const text = input.text(name)
  return text === undefined ? {} : { [name]: text.split(',').map((word) => word.trim()) }
}

/** A webhook id, from the words of a user. */
const pathOf = ({ arguments: [id = ''] }: Input, more = ''): string =>
  `webhooks/${encodeURIComponent(id)}${more}`

const SETTINGS: Readonly<Record<string, CommandOption>> = {
  operations: names('Operations of records, for example company.created; default: *.*'),
  events: names('Operator events, for example workspace.*; default: *.*'),
  workspaces: names('Ids or subdomains; default: all'),
  description: { type: 'string', value: 'text', meaning: 'Purpose of the webhook' },
  ordered: { type: 'boolean', meaning: 'Send changes of one record in order' },
}

const settingsIn = (input: Input) => {
  const description = input.text('description')
  return {
    ...listIn(input, 'operations'),
    ...listIn(input, 'events'),
    ...listIn(input, 'workspaces'),
    ...(description === undefined ? {} : { description }),
    ...(input.isSet('ordered') ? { ordered: true } : {}),
  }
}

const list: LocalCommand = {
  summary: 'List the webhooks for all workspaces',
  arguments: [],
  options: URL_OPTION,
  isLocal: true,
  run: async (config, input) => {
    const { webhooks } = await ask<{ webhooks: readonly ShownWebhook[] }>(config, input, 'webhooks')
    const rows = webhooks.map(({ id, status, failures, operations, events, targetUrl }) => [
      id,
      status === 'active' && failures > 0 ? 'failing' : status,
      ...[operations.join(','), events.join(','), targetUrl],
    ])
    return { json: webhooks, text: tableText(['ID', 'STATE', 'OPERATIONS', 'EVENTS', 'URL'], rows) }
  },
}

const create: LocalCommand = {
  summary: 'Create a webhook for all workspaces and print its secret once',
  arguments: ['target url'],
  options: {
    ...SETTINGS,
    'include-values': {
      type: 'boolean',
      meaning: 'Include values of records; requires the scope events:values',
    },
    ...URL_OPTION,
  },
  isLocal: true,
  run: async (config, input) => {
    const [targetUrl = ''] = input.arguments
    const json = await ask<ShownWebhook>(config, input, 'webhooks', {
      targetUrl,
      ...settingsIn(input),
      includeValues: input.isSet('include-values'),
    })
    return { json, text: `Webhook ${json.id}.\nThe secret is shown only once.\nSecret: ${json.secret}` }
  },
}

const update: LocalCommand = {
  summary: 'Change settings of a webhook; omitted ones stay the same',
  arguments: ['webhook id'],
  options: {
    ...SETTINGS,
    'target-url': { type: 'string', value: 'url', meaning: 'URL that receives the requests' },
    unordered: { type: 'boolean', meaning: 'Stop sending changes of one record in order' },
    'all-workspaces': { type: 'boolean', meaning: 'Remove the restriction to some workspaces' },
    ...URL_OPTION,
  },
  isLocal: true,
  run: async (config, input) => {
    const targetUrl = input.text('target-url')
    const settings = {
      ...settingsIn(input),
      ...(targetUrl === undefined ? {} : { targetUrl }),
      ...(input.isSet('unordered') ? { ordered: false } : {}),
      ...(input.isSet('all-workspaces') ? { workspaces: null } : {}),
    }
    const json = await ask<ShownWebhook>(config, input, pathOf(input), settings, 'PATCH')
    return { json, text: `Webhook ${json.id} is changed.` }
  },
}

const replay: LocalCommand = {
  summary: 'Send the changes from a period to a webhook again',
  arguments: ['webhook id'],
  options: {
    from: { type: 'string', value: 'time', meaning: 'Default: the creation of the webhook' },
    to: { type: 'string', value: 'time', meaning: 'Default: now' },
    ...URL_OPTION,
  },
  isLocal: true,
  run: async (config, input) => {
    const times = Object.fromEntries(
      ['from', 'to'].flatMap((name) => {
        const text = input.text(name)
        return text === undefined ? [] : [[name, text]]
      }),
    )
    let deliveries = 0
    for (let body: Readonly<Record<string, string>> = times; ; ) {
      const page = await ask<Replayed>(config, input, pathOf(input, '/replay'), body)
      deliveries += page.deliveries
      if (page.position === null)
        return {
          json: { deliveries, from: page.from },
          text: deliveries === 1 ? '1 delivery was queued.' : `${deliveries} deliveries were queued.`,
        }
      body = { ...times, after: page.position }
    }
  },
}

const turning =
  (status: 'active' | 'paused') =>
  async (config: Parameters<LocalCommand['run']>[0], input: Input): Promise<CommandOutput> => {
    const json = await ask<ShownWebhook>(config, input, pathOf(input), { status }, 'PATCH')
    return { json, text: `Webhook ${json.id} is ${json.status}.` }
  }

const pause: LocalCommand = {
  summary: 'Pause a webhook and keep its deliveries waiting',
  arguments: ['webhook id'],
  options: URL_OPTION,
  isLocal: true,
  run: turning('paused'),
}

const resume: LocalCommand = {
  summary: 'Resume a webhook; this key becomes responsible for it',
  arguments: ['webhook id'],
  options: URL_OPTION,
  isLocal: true,
  run: turning('active'),
}

const remove: LocalCommand = {
  summary: 'Delete a webhook and cancel its waiting deliveries',
  arguments: ['webhook id'],
  options: URL_OPTION,
  isLocal: true,
  run: async (config, input) => {
    const json = await ask<{ id: string }>(config, input, pathOf(input), undefined, 'DELETE')
    return { json, text: `Webhook ${json.id} is deleted.` }
  },
}

const rotate: LocalCommand = {
  summary: 'Rotate the secret of a webhook and print the new one once; both sign for 24 hours',
  arguments: ['webhook id'],
  options: URL_OPTION,
  isLocal: true,
  run: async (config, input) => {
    const json = await ask<ShownWebhook>(config, input, pathOf(input, '/secret'), {})
    return { json, text: `Webhook ${json.id}.\nThe secret is shown only once.\nSecret: ${json.secret}` }
  },
}

const test: LocalCommand = {
  summary: 'Send a test event to a webhook',
  arguments: ['webhook id'],
  options: URL_OPTION,
  isLocal: true,
  run: async (config, input) => {
    const json = await ask<ShownDelivery['attempts'][number]>(config, input, pathOf(input, '/test'), {})
    const isDelivered = json.status !== undefined && json.status >= 200 && json.status < 300
    return {
      json,
      text:
        json.status === undefined
          ? `The request failed: ${json.error}`
          : `The receiver returned ${json.status}.`,
      hasFailed: !isDelivered,
    }
  },
}

const deliveries: LocalCommand = {
  summary: 'List the deliveries of a webhook, newest first',
  arguments: ['webhook id'],
  options: {
    status: { type: 'string', value: 'state', meaning: 'waiting, delivered, failed or cancelled' },
    limit: { type: 'string', value: 'number', meaning: 'Maximum number; default: 60' },
    after: {
      type: 'string',
      value: 'id',
      meaning: 'Continue after this id, the last one of the previous page',
    },
    ...URL_OPTION,
  },
  isLocal: true,
  run: async (config, input) => {
    const query = new URLSearchParams()
    for (const [option, parameter] of [
      ['status', 'status'],
      ['limit', 'limit'],
      ['after', 'starting_after'],
    ] as const) {
      const value = input.text(option)
      if (value !== undefined) query.set(parameter, value)
    }
    const path = pathOf(input, `/deliveries?${query}`)
    const { deliveries: json } = await ask<{ deliveries: readonly ShownDelivery[] }>(config, input, path)
    const rows = json.map(({ id, eventDate, workspaceId, event, status, attempts }) => {
      const last = attempts.at(-1)
      return [id, eventDate, workspaceId, event, status, String(last?.status ?? last?.error ?? '')]
    })
    return { json, text: tableText(['ID', 'AT', 'WORKSPACE', 'EVENT', 'STATE', 'ANSWER'], rows) }
  },
}

const redeliver: LocalCommand = {
  summary: 'Send a finished delivery again with the same id',
  arguments: ['webhook id', 'delivery id'],
  options: URL_OPTION,
  isLocal: true,
  run: async (config, input) => {
    const [, deliveryId = ''] = input.arguments
    const path = pathOf(input, `/deliveries/${encodeURIComponent(deliveryId)}/redeliver`)
    const json = await ask<ShownDelivery>(config, input, path, {})
    return { json, text: `Delivery ${json.id} was queued again.` }
  },
}

export const WEBHOOK_COMMANDS: readonly (readonly [string, LocalCommand])[] = [
  ['webhook list', list],
  ['webhook create', create],
  ['webhook update', update],
  ['webhook replay', replay],
  ['webhook pause', pause],
  ['webhook resume', resume],
  ['webhook rotate', rotate],
  ['webhook delete', remove],
  ['webhook test', test],
  ['webhook sample', webhookSample],
  ['webhook deliveries', deliveries],
  ['webhook redeliver', redeliver],
]
