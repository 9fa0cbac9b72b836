// Audits changes that callers of a workspace make to keys, roles and members, in the transaction of the
// change. Changes by operators are audited by the operators' code.

import type { ClientBase } from 'pg'
import type { Actor } from './permission/actor.ts'

export interface CallerAction {
  /** `apiKey.create`, `role.update`, … */
  readonly action: string
  readonly workspaceId: string
  /** Never a token. */
  readonly details: Readonly<Record<string, unknown>>
}

/** @param actor absent for the operator, who is audited elsewhere. */
export const auditCaller = async (
  client: ClientBase,
  actor: Actor | undefined,
  { action, workspaceId, details }: CallerAction,
): Promise<void> => {
  if (actor === undefined) return
  const { impersonator } = actor
  await client.query(
    `insert into tenantry.audit (api_key_id, workspace_member_id, caller_name, action, workspace_id, details, address,
       request_id, operator_key_id, operator_name)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      actor.keyId ?? null,
      actor.workspaceMemberId ?? null,
      impersonator === undefined ? (actor.name ?? '') : null,
      action,
      workspaceId,
      JSON.stringify(impersonator === undefined ? details : { ...details, actingAs: actor.name }),
      actor.source?.address ?? null,
      actor.source?.requestId ?? null,
      impersonator?.operatorKeyId ?? null,
      impersonator?.operatorName ?? null,
    ],
  )
}
