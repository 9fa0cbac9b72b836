// Permission flags of a caller: the one place that demands them, and throws the contract's 403. Every
// authorised caller may read what their role sees of the model, and keys and roles with the flag for them.

import type { Actor } from '../../tenants/permission/actor.ts'
import { flagHint, type PermissionFlag } from '../../tenants/permission/flag.ts'
import { Problem } from '../error/problem.ts'
import type { Caller } from './caller.ts'

const forbidden = (wanted: readonly PermissionFlag[]): Problem =>
  new Problem('FORBIDDEN', 'Entity performing the request does not have permission', {
    subCode: 'PERMISSION_DENIED',
    userFriendlyMessage: 'User does not have permission.',
    hint: flagHint(wanted),
  })

export const mayChangeModel = (caller: Caller): boolean => caller.flags.has('DATA_MODEL')

/** Any of the flags is sufficient. */
export const demandFlag = ({ flags }: Caller, ...wanted: readonly PermissionFlag[]): void => {
  if (!wanted.some((flag) => flags.has(flag))) throw forbidden(wanted)
}

/**
 * The caller as the domain's actor.
 * @param isForced the caller accepts a change that shuts out its own address
 */
export const actorOf = (
  { roleId, workspaceMemberId, keyId, name, source, impersonator }: Caller,
  isForced: boolean | null = false,
): Actor => ({
  roleId,
  workspaceMemberId,
  keyId,
  name,
  source,
  impersonator,
  acceptsLockOut: isForced === true,
})
