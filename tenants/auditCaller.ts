// What callers of a workspace changed about keys, roles and members. In: the connection of the change, who
// asked and what it was; out: a row of tenantry.audit, which stands or falls with the change. Operators' own
// rows are written where operators act.

import type { ClientBase } from 'pg'
import type { Actor } from './permission/actor.ts'

export interface CallerAction {
  /** `apiKey.create`, `role.update`, … */
  readonly action: string
  readonly workspaceId: string
  /** Never a token. */
  readonly details: Readonly<Record<string, unknown>>
}

/** @param actor absent for the operator, of whom nothing is written here. */
export const auditCaller = async (
  client: ClientBase,
  actor: Actor | undefined,
  { action, workspaceId, details }: CallerAction,
): Promise<void> => {
  if (actor === undefined) return
  await client.query(
    `insert into tenantry.audit (api_key_id, workspace_member_id, caller_name, action, workspace_id, details)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      actor.keyId ?? null,
      actor.workspaceMemberId ?? null,
      actor.name ?? '',
      action,
      workspaceId,
      JSON.stringify(details),
    ],
  )
}
