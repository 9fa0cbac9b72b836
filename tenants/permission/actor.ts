// How far the caller may change roles and keys. An actor cannot grant more than they have. The operator at
// the command line acts without an actor.

import type { ClientBase } from 'pg'
import type { Connection } from '../../sql/ownerPool.ts'
import type { RequestSource } from '../audit/source.ts'
import type { Impersonator } from '../member/impersonator.ts'
import { type FlagHolder, flagMissing, flagsOf, type PermissionFlag } from './flag.ts'
import { isStrongerThan, readMatrix } from './matrix.ts'
import { PermissionRefusal } from './refusal.ts'

export interface Actor {
  readonly roleId: string
  /** Id of the acting member; null for an API key. */
  readonly workspaceMemberId?: string | null
  /** Null for a person. */
  readonly keyId?: string | null
  /** For the audit log. */
  readonly name?: string
  readonly source?: RequestSource | undefined
  /** The operator who acts as the member. */
  readonly impersonator?: Impersonator | undefined
  /** Changes may shut out the caller's own address. */
  readonly acceptsLockOut?: boolean
}

export const hasFlag = async (
  connection: Connection,
  workspaceId: string,
  roleId: string,
  flag: PermissionFlag,
): Promise<boolean> => {
  const { rows } = await connection.query<FlagHolder>(
    `select can_update_all_settings as "canUpdateAllSettings", can_access_all_tools as "canAccessAllTools", flags
     from tenantry.roles where id = $1 and workspace_id = $2`,
    [roleId, workspaceId],
  )
  const [role] = rows
  return role !== undefined && flagsOf(role).has(flag)
}

export const requireFlag = async (
  client: ClientBase,
  workspaceId: string,
  actor: Actor | undefined,
  flag: PermissionFlag,
): Promise<void> => {
  if (actor === undefined || (await hasFlag(client, workspaceId, actor.roleId, flag))) return
  throw flagMissing(flag)
}

/** The role's new rights, or the rights to assign, must not exceed the actor's own. */
export const refuseStronger = async (
  client: ClientBase,
  actor: Actor | undefined,
  roleId: string,
): Promise<void> => {
  if (actor === undefined || actor.roleId === roleId) return
  const [wanted, own] = [await readMatrix(client, roleId), await readMatrix(client, actor.roleId)]
  if (!isStrongerThan(wanted, own)) return
  throw new PermissionRefusal(
    'ROLE_STRONGER_THAN_CALLER',
    'This role exceeds your own, so you can neither assign it nor extend a role to it.',
  )
}

/** An actor cannot change their own role: widening it would bypass every limit. */
export const refuseOwnRole = (actor: Actor | undefined, roleId: string): void => {
  if (actor?.roleId === roleId)
    throw new PermissionRefusal('CANNOT_UPDATE_SELF_ROLE', 'Cannot update self role')
}
