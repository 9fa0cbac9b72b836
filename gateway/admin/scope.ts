// The scopes of operator keys.

import type { Operator, OperatorScope } from '../../tenants/operator.ts'
import { Problem } from '../error/problem.ts'

/**
 * Throws Problem FORBIDDEN.
 * @param scope what the operator's key must have
 */
export const requireScope = ({ scopes }: Operator, scope: OperatorScope): void => {
  if (scopes.includes(scope)) return
  throw new Problem('FORBIDDEN', `This operator key does not have the scope "${scope}".`, {
    subCode: 'SCOPE_MISSING',
    hint: `It has: ${scopes.join(', ')}. Create a key with: tenantry operator key create <name> --scope ${scope}`,
  })
}
