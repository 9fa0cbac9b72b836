// Commands in the audit log: one row for each that may have changed something, after it succeeded.

import { userInfo } from 'node:os'
import type { Pool } from 'pg'
import { auditCommand } from '../../../tenants/audit/command.ts'
import { findWorkspace } from '../../../tenants/workspace.ts'
import { deletedRefusal } from '../../../tenants/workspaceLock.ts'
import type { CommandOutput, Input } from '../command.ts'

/** Database commands that change nothing. */
export const READING: ReadonlySet<string> = new Set([
  'workspace list',
  'key list',
  'operator key list',
  'member list',
  'role list',
  'database url',
  'model export',
  'model diff',
  'types',
  'nodes list',
  'events status',
  'audit',
  'usage',
])

/** Changes of a deleted workspace. */
const OF_DELETED: ReadonlySet<string> = new Set(['workspace drop', 'workspace restore'])

const textIn = (json: unknown, name: string): string | undefined => {
  const value = typeof json === 'object' && json !== null ? new Map(Object.entries(json)).get(name) : null
  return typeof value === 'string' ? value : undefined
}

/** Of the machine; containers may have none. */
export const systemUser = (): string => {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}

interface Recorded {
  /** As typed: `key create`. */
  readonly name: string
  /** Names of its arguments. */
  readonly arguments: readonly string[]
}

/** Runs a command and records it. Changes of a deleted workspace are refused. */
export const recording = async (
  pool: Pool,
  command: Recorded,
  input: Input,
  run: () => Promise<CommandOutput>,
): Promise<CommandOutput> => {
  if (READING.has(command.name)) return run()
  const at = command.arguments.indexOf('workspace')
  const reference = at < 0 ? undefined : input.arguments[at]
  // Before it runs: the command may drop the workspace. Afterwards it reports an unknown one itself.
  const workspace = reference === undefined ? null : await findWorkspace(pool, reference).catch(() => null)
  if (workspace?.status === 'deleted' && !OF_DELETED.has(command.name)) throw deletedRefusal(workspace)
  const answer = await run()
  const id = textIn(answer.json, 'id')
  const created = command.name === 'workspace create' ? id : undefined
  await auditCommand(pool, {
    action: `command.${command.name.replaceAll(' ', '.')}`,
    user: systemUser(),
    workspaceId: workspace?.id ?? textIn(answer.json, 'workspaceId') ?? created ?? null,
    details: { arguments: input.arguments, ...(id === undefined ? {} : { id }) },
  })
  return answer
}
