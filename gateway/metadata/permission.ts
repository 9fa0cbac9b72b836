// Who may change what the metadata API shows. In: a caller; out: nothing, or the contract's 403. The one place that decides it;
// everybody who was let in may read.

import type { Caller } from '../auth/caller.ts'
import { Problem } from '../problem.ts'

export const mayChangeModel = (caller: Caller): boolean => caller.flags.has('DATA_MODEL')

export const mayChangeWorkspace = (caller: Caller): boolean => caller.flags.has('WORKSPACE')

export const forbidden = (): Problem =>
  new Problem('FORBIDDEN', 'Entity performing the request does not have permission', {
    subCode: 'PERMISSION_DENIED',
    userFriendlyMessage: 'User does not have permission.',
  })
