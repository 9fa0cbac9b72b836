// Commands about operators' keys, which give access to /admin.

import * as operators from '../../tenants/operator.ts'
import { findWorkspace } from '../../tenants/workspace.ts'
import type { Command } from './command.ts'
import { boundTo, expiryOf, NETWORKS_OPTION, networksIn, networkText, stateOf } from './keyCommands.ts'
import { tableText } from './table.ts'

/** In a sentence about a key. */
const reachOf = (workspaceIds: readonly string[] | null): string =>
  workspaceIds === null ? '' : `, workspaces ${workspaceIds.join(', ')}`

const create: Command = {
  summary: 'Create a key for the operator API and print it once',
  arguments: ['name'],
  options: {
    scope: {
      type: 'string',
      value: 'scopes',
      meaning: `Any of ${operators.OPERATOR_SCOPES.join(',')}; default: all but events:values`,
    },
    workspaces: {
      type: 'string',
      value: 'names',
      meaning: 'Ids or subdomains of the workspaces that the key can access; default: all',
    },
    networks: NETWORKS_OPTION,
    expires: { type: 'string', value: 'when', meaning: 'Days (90d) or a date; default: never' },
  },
  run: async ({ pool }, input) => {
    const [name = ''] = input.arguments
    const expires = input.text('expires')
    const references = input
      .text('workspaces')
      ?.split(',')
      .map((word) => word.trim())
    const workspaceIds =
      references === undefined
        ? null
        : await Promise.all(references.map(async (each) => (await findWorkspace(pool, each)).id))
    const { key, secret } = await operators.createOperatorKey(pool, name, {
      scopes: input
        .text('scope')
        ?.split(',')
        .map((word) => word.trim()),
      expiresAt: expires === undefined ? null : expiryOf(expires, new Date()),
      workspaceIds,
      networks: networksIn(input),
    })
    const until = key.expiresAt === null ? '' : `, until ${key.expiresAt.toISOString()}`
    return {
      json: { ...key, secret },
      text: `Operator key ${key.id}, scopes ${key.scopes.join(', ')}${reachOf(key.workspaceIds)}${boundTo(key)}${until}.\nThe key is shown only once.\nOperator key: ${secret}`,
    }
  },
}

const list: Command = {
  summary: 'List the keys of the operator API',
  arguments: [],
  run: async ({ pool }) => {
    const found = await operators.listOperatorKeys(pool)
    const now = new Date()
    const rows = found.map((key) => [
      key.id,
      key.name,
      stateOf(key, now),
      key.scopes.join(','),
      key.workspaceIds?.join(',') ?? 'all',
      networkText(key),
      key.expiresAt?.toISOString() ?? 'never',
      key.lastUsedAt?.toISOString() ?? 'never',
    ])
    return {
      json: found,
      text: tableText(
        ['ID', 'NAME', 'STATE', 'SCOPES', 'WORKSPACES', 'NETWORKS', 'EXPIRES', 'LAST USED'],
        rows,
      ),
    }
  },
}

const revoke: Command = {
  summary: 'Revoke a key of the operator API',
  arguments: ['key id'],
  run: async ({ pool }, { arguments: [keyId = ''] }) => {
    const key = await operators.revokeOperatorKey(pool, keyId)
    return { json: key, text: `Operator key ${key.id} ("${key.name}") is revoked.` }
  },
}

export const OPERATOR_COMMANDS: readonly (readonly [string, Command])[] = [
  ['operator key create', create],
  ['operator key list', list],
  ['operator key revoke', revoke],
]
