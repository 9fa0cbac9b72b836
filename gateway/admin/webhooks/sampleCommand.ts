// `tenantry webhook sample`, over the operator API.

import type { LocalCommand } from '../command.ts'
import { ask, URL_OPTION } from '../observeCommands.ts'

interface ShownSample {
  readonly body: string | null
  readonly headers: Readonly<Record<string, string>> | null
  readonly reason: string | null
  readonly secret: string | null
}

const TEXTS = ['operation', 'event', 'workspace'] as const

export const webhookSample: LocalCommand = {
  summary: 'Print a sample request of a webhook; without an id, of one that does not exist yet',
  arguments: [],
  optionalArgument: 'webhook id',
  options: {
    operation: { type: 'string', value: 'name', meaning: 'Default: the first one of the webhook' },
    event: { type: 'string', value: 'name', meaning: 'An operator event, in place of an operation' },
    workspace: { type: 'string', value: 'workspace', meaning: 'Default: the oldest one' },
    'include-values': {
      type: 'boolean',
      meaning: 'Include values of records; requires the scope events:values',
    },
    ...URL_OPTION,
  },
  isLocal: true,
  run: async (config, input) => {
    const [id] = input.arguments
    const path = id === undefined ? 'webhooks/sample' : `webhooks/${encodeURIComponent(id)}/sample`
    const json = await ask<ShownSample>(config, input, path, {
      ...Object.fromEntries(TEXTS.map((name) => [name, input.text(name)])),
      ...(input.isSet('include-values') ? { includeValues: true } : {}),
    })
    const { body, headers, reason, secret } = json
    if (body === null) return { json, text: `Nothing would be sent: ${reason}`, hasFailed: true }
    const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`)
    const signedWith = secret === null ? [] : ['', `Signed with the secret ${secret}`]
    return { json, text: [...lines, '', body, ...signedWith].join('\n') }
  },
}
