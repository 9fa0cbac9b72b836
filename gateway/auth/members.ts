// Authenticates members: from a workspace and a member's id to a Caller with the member's role, or a
// Problem: 401 for a deleted member, 403 for a suspended workspace or an address outside the role's
// networks. The cache is invalidated by notifications about roles, workspaces and assignments, and
// expires after a second, because members are ordinary records that can be deleted without a
// notification.

import type { Pool } from 'pg'
import { limitOf } from '../../tenants/limits.ts'
import { findMemberGrant, type MemberGrant } from '../../tenants/member/memberGrant.ts'
import { flagsOf } from '../../tenants/permission/flag.ts'
import { workspaceExists } from '../../tenants/workspace.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { type Concerns, createLoadingCache, type IsWatched, watchedBy } from '../cache/loadingCache.ts'
import { workspaceGone } from '../error/workspaceGone.ts'
import { type Caller, GRANT_BYTES, settingsBytes, suspended, unauthenticated } from './caller.ts'
import { type Bindings, bindingsBytes, bindingsOf, refuseElsewhere, type SenderAddress } from './networks.ts'

export interface MemberCallers {
  /** @param sender null: without a request of the member, or for an operator, whom no role binds */
  readonly of: (workspaceId: string, memberId: string, sender: SenderAddress | null) => Promise<Caller>
  /**
   * @param payload of a notification: `member <id>`, `role <id>` or `workspace <id> <version>`; others are
   * ignored.
   */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
}

interface MemberCallersOptions {
  readonly pool: Pool
  /** Requests a minute per person. */
  readonly rateLimitPerMinute: number
  /** Default: no value is used beyond its age. */
  readonly isTolerated?: IsWatched['isTolerated']
  readonly budget?: CacheBudget | undefined
  /** In milliseconds since the epoch, for tests. */
  readonly clock?: () => number
}

const REMEMBERED_FOR_MS = 1_000

interface Remembered {
  readonly grant: MemberGrant | null
  readonly caller: Caller | null
  readonly bindings: Bindings
  /** The workspace no longer exists. */
  readonly isGone: boolean
}

const changedBy = (payload: string): Concerns<Remembered> | null => {
  const [kind, id] = payload.split(' ')
  if (kind === 'member') return (key) => key.endsWith(` ${id}`)
  if (kind === 'role') return (_, { grant }) => grant?.roleId === id
  if (kind === 'workspace') return (key) => key.startsWith(`${id} `)
  return null
}

export const createMemberCallers = ({
  pool,
  rateLimitPerMinute,
  budget,
  isTolerated,
  clock = Date.now,
}: MemberCallersOptions): MemberCallers => {
  const callerOf = ({ memberId, name, ...grant }: MemberGrant): Caller =>
    Object.freeze({
      workspaceId: grant.workspaceId,
      callerId: memberId,
      keyId: null,
      workspaceMemberId: memberId,
      name,
      roleId: grant.roleId,
      roleLabel: grant.roleLabel,
      pgRole: grant.pgRole,
      rateLimitPerMinute,
      workspaceRateLimitPerMinute: limitOf(grant.workspaceSettings, 'rateLimitPerMinute') ?? null,
      flags: flagsOf(grant),
    })
  const members = createLoadingCache<Remembered>({
    load: async (key) => {
      const [workspaceId = '', memberId = ''] = key.split(' ')
      const grant = await findMemberGrant(pool, workspaceId, memberId)
      if (grant !== null)
        return { grant, caller: callerOf(grant), bindings: bindingsOf(grant), isGone: false }
      return { grant, caller: null, bindings: null, isGone: !(await workspaceExists(pool, workspaceId)) }
    },
    budget,
    cache: { name: 'members' },
    bytesOf: ({ grant }) => GRANT_BYTES + settingsBytes(grant) + bindingsBytes(grant),
    maxAgeMs: REMEMBERED_FOR_MS,
    isWatched: watchedBy(() => true, isTolerated),
    clock,
  })
  return Object.freeze({
    of: async (workspaceId: string, memberId: string, sender: SenderAddress | null): Promise<Caller> => {
      const { grant, caller, bindings, isGone } = await members.get(`${workspaceId} ${memberId}`)
      if (isGone) throw workspaceGone()
      if (caller === null) throw unauthenticated('This member is no longer in the workspace')
      if (grant?.workspaceStatus === 'suspended') throw suspended()
      if (bindings !== null && sender !== null) refuseElsewhere(bindings, sender)
      return caller
    },
    invalidate: (payload: string): void => {
      const isChanged = changedBy(payload)
      if (isChanged !== null) members.forget(isChanged)
    },
    invalidateAll: members.forgetAll,
  })
}
