// Values of records for operators who may read them. They are read as the workspace's administrators read
// them, so that no gateway has statements of its own on records.

import type { Pool } from 'pg'
import { administrators, type BoundRole } from '../../../tenants/permission/administrators.ts'
import type { Caller } from '../../auth/caller.ts'
import type { INCLUDES } from '../../changes/changesRequest.ts'
import type { ChangeJudge } from '../../changes/judge.ts'
import { recordsOf } from '../../changes/read.ts'
import type { ShownChange } from '../../changes/shown.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { Problem } from '../../error/problem.ts'
import { valuesOf as allValuesOf } from '../../records/recordValues.ts'

type Side = (typeof INCLUDES)[number]

/** JSON of the values of each side, for the changes of one table. */
export type ValuesOf = (
  workspaceId: string,
  shown: readonly ShownChange[],
  sides: readonly Side[],
) => Promise<(change: ShownChange) => readonly (string | null)[]>

interface ValuesOptions {
  readonly pool: Pool
  readonly judge: ChangeJudge
  readonly open: (caller: Caller) => Promise<RequestContext<unknown>>
}

/** The administrators of a workspace as a caller; `id` names who reads. */
const administratorOf = (workspaceId: string, id: string, role: BoundRole): Caller => ({
  ...{ workspaceId, callerId: id, keyId: null, workspaceMemberId: null, name: 'Operator' },
  ...role,
  rateLimitPerMinute: null,
  workspaceRateLimitPerMinute: null,
  flags: new Set(),
})

const isSuspended = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'WORKSPACE_SUSPENDED'

/** Null: no record of the workspace can be read now. */
type AsAdministrators = (workspaceId: string) => Promise<RequestContext<unknown> | null>

export const createAsAdministrators =
  ({ pool, open }: Pick<ValuesOptions, 'pool' | 'open'>): AsAdministrators =>
  async (workspaceId) => {
    const role = await administrators(pool, workspaceId)
    if (role === null) return null
    try {
      return await open(administratorOf(workspaceId, workspaceId, role))
    } catch (error) {
      if (isSuspended(error)) return null
      throw error
    }
  }

export const createValuesOf = ({ pool, judge, open }: ValuesOptions): ValuesOf => {
  const contextOf = createAsAdministrators({ pool, open })
  return async (workspaceId, shown, sides) => {
    const context = sides.length === 0 || shown.length === 0 ? null : await contextOf(workspaceId)
    if (context === null) return () => sides.map(() => null)
    const found = await Promise.all(
      sides.map((side) =>
        recordsOf({ judge, context, query: {} }, shown, { side, selectionOf: allValuesOf }),
      ),
    )
    return (change) => found.map((records) => records.get(change) ?? null)
  }
}
