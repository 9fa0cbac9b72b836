// The scopes of operator keys, and the workspaces they reach.

import type { Connection } from '../../sql/ownerPool.ts'
import type { Operator, OperatorScope } from '../../tenants/operator.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { findWorkspace, type Workspace } from '../../tenants/workspace.ts'
import { Problem } from '../error/problem.ts'

/** What a request reaches: the whole installation, or workspaces that it is narrowed to. */
type Reach = 'installation' | 'workspaces'

/**
 * Throws Problem FORBIDDEN.
 * @param scope what the operator's key must have
 * @param reach of the request; a key with a list of workspaces does not reach the installation
 */
export const requireScope = (
  { scopes, workspaceIds }: Operator,
  scope: OperatorScope,
  reach: Reach = 'installation',
): void => {
  if (!scopes.includes(scope))
    throw new Problem('FORBIDDEN', `This operator key does not have the scope "${scope}".`, {
      subCode: 'SCOPE_MISSING',
      hint: `It has: ${scopes.join(', ')}. Create a key with: tenantry operator key create <name> --scope ${scope}`,
    })
  if (reach === 'installation' && workspaceIds !== null)
    throw new Problem(
      'FORBIDDEN',
      'This operator key is limited to some workspaces, but the request concerns all of them.',
      {
        subCode: 'WORKSPACES_LIMITED',
        hint: 'Use a key that is not limited to workspaces.',
      },
    )
}

/** The workspace of a request. One that the key does not reach does not exist for it. */
export const findReached = async (
  connection: Connection,
  { workspaceIds }: Operator,
  reference: string,
): Promise<Workspace> => {
  const workspace = await findWorkspace(connection, reference)
  if (workspaceIds === null || workspaceIds.includes(workspace.id)) return workspace
  throw new Refusal('NOT_FOUND', `There is no workspace "${reference}".`)
}
