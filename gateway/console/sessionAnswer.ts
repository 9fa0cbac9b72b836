// The session as the page sees it.

import type { Pool } from 'pg'
import { csrfTokenOf, type SessionHolder } from '../../tenants/member/session.ts'
import { hasNodes } from '../../tenants/nodes/cluster.ts'
import { findWorkspace } from '../../tenants/workspace.ts'
import type { Caller } from '../auth/caller.ts'

interface SessionAnswer {
  readonly kind: SessionHolder['kind']
  readonly csrfToken: string
  readonly name: string
  readonly expiresAt: string
  readonly workspace: {
    readonly id: string
    readonly displayName: string
    readonly subdomain: string
  } | null
  readonly role: { readonly id: string; readonly label: string } | null
  readonly flags: readonly string[]
  /** Name of the operator who acts as the member; null: the member. */
  readonly impersonator: string | null
  /** Of the client. */
  readonly address: string
  /** For operators: workspaces are placed on the nodes of a cluster. */
  readonly hasNodes: boolean
}

/**
 * @param caller null for an operator
 * @param own the secret, the expiry and the address of this session
 */
export const describeSession = async (
  pool: Pool,
  holder: SessionHolder,
  caller: Caller | null,
  { secret, ...own }: Pick<SessionAnswer, 'expiresAt' | 'address'> & { readonly secret: string },
): Promise<SessionAnswer> => {
  const csrfToken = csrfTokenOf(secret)
  if (caller === null) {
    const name = holder.kind === 'operator' ? holder.operatorName : ''
    const nothing = { workspace: null, role: null, flags: [], impersonator: null }
    return { kind: holder.kind, csrfToken, name, ...own, ...nothing, hasNodes: await hasNodes(pool) }
  }
  const { id, name: displayName, subdomain } = await findWorkspace(pool, caller.workspaceId)
  return {
    kind: holder.kind,
    csrfToken,
    name: caller.name,
    ...own,
    workspace: { id, displayName, subdomain },
    role: { id: caller.roleId, label: caller.roleLabel },
    flags: [...caller.flags],
    impersonator: caller.impersonator?.operatorName ?? null,
    hasNodes: false,
  }
}
