// Commands about API keys.

import * as keys from '../../tenants/key.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { findWorkspace } from '../../tenants/workspace.ts'
import { parseIsoDate } from '../isoDate.ts'
import type { Command, CommandOption, Input } from './command.ts'
import { answerList, LIST_OPTIONS } from './listOptions.ts'
import { UsageError } from './usage.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 365

/** `90d`, or an ISO 8601 date, by default in UTC. */
export const expiryOf = (text: string, now: Date): Date => {
  const days = /^(\d{1,5})d$/.exec(text)?.[1]
  const expiry = days === undefined ? parseIsoDate(text) : new Date(now.getTime() + Number(days) * DAY_MS)
  if (expiry === null)
    throw new UsageError(`--expires takes days (90d) or a date (2030-12-31), not "${text}".`)
  keys.checkExpiry(expiry, now)
  return expiry
}

/** @param key one whose expiry is null never expires */
export const stateOf = (
  { revokedAt, expiresAt }: { readonly revokedAt: Date | null; readonly expiresAt: Date | null },
  now: Date,
): string => {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active'
}

export const NETWORKS_OPTION: CommandOption = {
  type: 'string',
  value: 'cidrs',
  meaning: 'Networks that the key may be used from: 10.0.0.0/8,2001:db8::/32; default: all',
}

export const networksIn = (input: Input): readonly string[] => input.text('networks')?.split(',') ?? []

interface BoundKey {
  readonly networks: readonly string[]
}

/** In a table. */
export const networkText = ({ networks }: BoundKey): string => networks.join(',') || 'all'

/** In a sentence about a key. */
export const boundTo = ({ networks }: BoundKey): string =>
  networks.length === 0 ? '' : `, networks ${networks.join(', ')}`

const create: Command = {
  summary: 'Create an API key and print its token once',
  arguments: ['workspace', 'name'],
  options: {
    role: { type: 'string', value: 'label', meaning: 'Role of the key; default: Admin' },
    networks: NETWORKS_OPTION,
    expires: { type: 'string', value: 'when', meaning: `Days (90d) or a date; default: ${DEFAULT_DAYS}d` },
  },
  run: async ({ pool, tokens }, input) => {
    const [reference = '', name = ''] = input.arguments
    const expiresAt = expiryOf(input.text('expires') ?? `${DEFAULT_DAYS}d`, new Date())
    const workspace = await findWorkspace(pool, reference)
    const role = await findRole(pool, workspace.id, input.text('role') ?? 'Admin')
    const { issue } = await tokens()
    const networks = networksIn(input)
    const wanted = { workspaceId: workspace.id, roleId: role.id, name, expiresAt, networks }
    const key = await keys.createKey(pool, wanted)
    const token = await issue({ keyId: key.id, ...key })
    const facts = `Key ${key.id} of ${workspace.subdomain}, role ${role.label}${boundTo(key)}, until ${expiresAt.toISOString()}.`
    return { json: { ...key, token }, text: `${facts}\nThe key is shown only once.\nAPI key: ${token}` }
  },
}

const list: Command = {
  summary: 'List the API keys of a workspace',
  arguments: ['workspace'],
  options: LIST_OPTIONS,
  run: async ({ pool }, input) => {
    const [reference = ''] = input.arguments
    const { id } = await findWorkspace(pool, reference)
    const now = new Date()
    return answerList(
      input,
      (page) => keys.pageOfKeys(pool, id, { ...page, includesRevoked: true }),
      ['ID', 'NAME', 'ROLE', 'STATE', 'NETWORKS', 'EXPIRES', 'LAST USED'],
      (key) => [
        key.id,
        key.name,
        key.roleLabel,
        stateOf(key, now),
        networkText(key),
        key.expiresAt.toISOString(),
        key.lastUsedAt?.toISOString() ?? 'never',
      ],
    )
  },
}

const revoke: Command = {
  summary: 'Revoke an API key',
  arguments: ['key id'],
  run: async ({ pool }, { arguments: [keyId = ''] }) => {
    const key = await keys.revokeKey(pool, keyId)
    return { json: key, text: `Key ${key.id} ("${key.name}") is revoked.` }
  },
}

export const KEY_COMMANDS: readonly (readonly [string, Command])[] = [
  ['key create', create],
  ['key list', list],
  ['key revoke', revoke],
]
