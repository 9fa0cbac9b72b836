// The request context of an authorised request: the current workspace, and the session that its statements
// run in. The role always comes from the key's row.

import type { Session } from '../../sql/pipeline/pool.ts'
import type { RequestSource } from '../../tenants/audit/source.ts'
import type { CountMode } from '../../tenants/model/countMode.ts'
import type { Model } from '../../tenants/model/model.ts'
import type { Permissions } from '../../tenants/permission/permissions.ts'
import type { Caller } from '../auth/caller.ts'
import { Problem } from '../error/problem.ts'
import type { RoleModelOf } from '../records/model/roleModel.ts'
import type { Author } from '../records/write/write.ts'
import type { OpenWorkspace, Workspaces } from '../workspace/workspaces.ts'

export interface RequestContext<Compiled> {
  readonly caller: Caller
  readonly workspace: OpenWorkspace<Compiled>
  readonly session: Session
  readonly author: Author
  /** The data model as the caller's role sees it. */
  readonly model: Model
  /** Permissions of the caller's role, for filtered answers and error messages. Postgres enforces them. */
  readonly permissions: Permissions
  /** Maximum number of records per write. */
  readonly maxBatchRecords: number
  /** How the totals of lists are found, unless the caller prefers otherwise. */
  readonly countMode: CountMode
}

interface ContextLoaderOptions<Compiled> {
  readonly workspaces: Workspaces<Compiled>
  /** Null for a deleted role. */
  readonly permissionsOf: (roleId: string) => Promise<Permissions | null>
  readonly roleModelOf: RoleModelOf
  /** Counts a use of the model in the order of eviction. */
  readonly touchModel: (schemaHash: string) => unknown
  readonly requestTimeoutMs: number
  /** Unless the workspace has its own. */
  readonly maxBatchRecords: number
  readonly maxConcurrentStatements: number
  /** That share the workspace's limit. */
  readonly processes?: number | 'auto'
}

/** What policies and triggers can read of the caller: `current_setting('tenantry.claims')::jsonb`. */
const claimsOf = (
  { workspaceId, keyId, workspaceMemberId, impersonator, roleId }: Caller,
  requestId?: string,
): string =>
  JSON.stringify({
    workspaceId,
    roleId,
    requestId,
    ...(keyId === null ? {} : { keyId }),
    ...(workspaceMemberId === null ? {} : { workspaceMemberId }),
    ...(impersonator === undefined
      ? {}
      : { operatorKeyId: impersonator.operatorKeyId ?? undefined, operatorName: impersonator.operatorName }),
  })

const authorOf = (
  { name, workspaceMemberId, impersonator }: Caller,
  quotaReached: string | null,
): Author => ({
  source: workspaceMemberId === null ? 'API' : 'MANUAL',
  name: impersonator === undefined ? name : `${name} (operator ${impersonator.operatorName})`,
  workspaceMemberId,
  ...(quotaReached === null ? {} : { quotaReached }),
})

export const createContextLoader =
  <Compiled>({
    workspaces,
    permissionsOf,
    roleModelOf,
    touchModel,
    requestTimeoutMs,
    maxBatchRecords,
    maxConcurrentStatements,
    processes = 1,
  }: ContextLoaderOptions<Compiled>) =>
  /** @param source of a request that may change something */
  async (known: Caller, requestId?: string, source?: RequestSource): Promise<RequestContext<Compiled>> => {
    const caller = source === undefined ? known : { ...known, source }
    const [workspace, permissions] = await Promise.all([
      workspaces.open(caller.workspaceId),
      permissionsOf(caller.roleId),
    ])
    if (permissions === null)
      throw new Problem('FORBIDDEN', `The role "${caller.roleLabel}" no longer exists.`)
    if (workspace.status === 'suspended')
      throw new Problem('WORKSPACE_SUSPENDED', 'This workspace is suspended', {
        subCode: 'WORKSPACE_SUSPENDED',
      })
    const { model } = workspace.schemaVersion
    touchModel(model.schemaHash)
    return {
      caller,
      workspace,
      session: {
        schema: workspace.schema,
        shards: workspace.shards,
        workspace: workspace.id,
        version: workspace.version,
        role: caller.pgRole,
        claims: claimsOf(caller, requestId),
        timeoutMs: workspace.limits.statementTimeoutMs ?? requestTimeoutMs,
        maxLongStatements: Math.ceil(
          (workspace.limits.maxConcurrentStatements ?? maxConcurrentStatements) /
            (processes === 'auto' ? 1 : processes),
        ),
      },
      author: authorOf(caller, workspace.quotaReached),
      model: roleModelOf(model, permissions),
      permissions,
      maxBatchRecords: workspace.limits.maxBatchRecords ?? maxBatchRecords,
      countMode: workspace.countMode,
    }
  }
