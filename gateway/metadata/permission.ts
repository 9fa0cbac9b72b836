// Who may change what the metadata API shows. In: a caller; out: nothing, or the contract's 403. The one
// place that decides it; everybody who was let in may read what their role sees of the model, and what
// concerns keys and roles by the flag for them.

import type { Actor } from '../../tenants/permission/actor.ts'
import { flagHint, type PermissionFlag } from '../../tenants/permission/flag.ts'
import type { Caller } from '../auth/caller.ts'
import { Problem } from '../error/problem.ts'

const forbidden = (wanted: readonly PermissionFlag[]): Problem =>
  new Problem('FORBIDDEN', 'Entity performing the request does not have permission', {
    subCode: 'PERMISSION_DENIED',
    userFriendlyMessage: 'User does not have permission.',
    hint: flagHint(wanted),
  })

export const mayChangeModel = (caller: Caller): boolean => caller.flags.has('DATA_MODEL')

/** Any of the flags will do. */
export const demandFlag = ({ flags }: Caller, ...wanted: readonly PermissionFlag[]): void => {
  if (!wanted.some((flag) => flags.has(flag))) throw forbidden(wanted)
}

/** The caller as the domain knows those who change something. */
export const actorOf = ({ roleId, workspaceMemberId, keyId, name }: Caller): Actor => ({
  roleId,
  workspaceMemberId,
  keyId,
  name,
})
