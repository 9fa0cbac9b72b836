// Commands about operators' keys, which give access to /admin.

import * as operators from '../../tenants/operator.ts'
import type { Command } from './command.ts'
import { tableText } from './table.ts'

const create: Command = {
  summary: 'Create a key for the operator API and print it once',
  arguments: ['name'],
  run: async ({ pool }, { arguments: [name = ''] }) => {
    const { key, secret } = await operators.createOperatorKey(pool, name)
    return {
      json: { ...key, secret },
      text: `Operator key ${key.id}.\nIt is shown only once:\nOperator key: ${secret}`,
    }
  },
}

const list: Command = {
  summary: 'List the keys of the operator API',
  arguments: [],
  run: async ({ pool }) => {
    const found = await operators.listOperatorKeys(pool)
    const rows = found.map(({ id, name, revokedAt, lastUsedAt }) => [
      id,
      name,
      revokedAt === null ? 'active' : 'revoked',
      lastUsedAt?.toISOString() ?? 'never',
    ])
    return { json: found, text: tableText(['ID', 'NAME', 'STATE', 'LAST USED'], rows) }
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
