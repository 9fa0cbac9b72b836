// Statements that run now, and on whose behalf: the activity of Postgres, with the caller and request of the
// ones that this gateway has sent. Cancelling names one statement exactly and refuses once it has ended,
// because the same backend works for another workspace a moment later.

import {
  type Activities,
  type BackendActivity,
  cancelStatement,
  readActivities,
  type StatementIdentity,
} from '../../sql/activity.ts'
import { errorCode } from '../../sql/errorCode.ts'
import type { Connection } from '../../sql/ownerPool.ts'
import type { RunningSession } from '../../sql/pipeline/pool.ts'
import { Refusal } from '../../tenants/refusal.ts'

/** The caller of a statement; unknown for statements of other gateways and of the owner. */
interface StatementCaller {
  readonly requestId: string | null
  readonly pgRole: string | null
  readonly roleId: string | null
  readonly keyId: string | null
  readonly workspaceMemberId: string | null
}

export type RunningStatement = BackendActivity & StatementCaller

/** The request, or the start of the statement where its request is unknown. */
export type StatementName = Pick<StatementIdentity, 'pid' | 'backendStart'> &
  ({ readonly requestId: string } | { readonly startedAt: string })

export interface Statements {
  /** Oldest first. */
  readonly list: (
    connection: Connection,
  ) => Promise<Pick<Activities, 'hidden'> & { readonly statements: readonly RunningStatement[] }>
  /**
   * Refuses what no longer runs.
   * @param allow is asked before the cancellation, and throws if it is not allowed
   */
  readonly cancel: (
    connection: Connection,
    name: StatementName,
    allow: (statement: RunningStatement) => void,
  ) => Promise<RunningStatement>
}

const UNKNOWN: StatementCaller = {
  requestId: null,
  pgRole: null,
  roleId: null,
  keyId: null,
  workspaceMemberId: null,
}

const textIn = (claims: ReadonlyMap<string, unknown>, name: string): string | null => {
  const value = claims.get(name)
  return typeof value === 'string' ? value : null
}

const callerOf = ({ session }: RunningSession): StatementCaller => {
  const claims = new Map(Object.entries(JSON.parse(session.claims)))
  return {
    requestId: textIn(claims, 'requestId'),
    pgRole: session.role,
    roleId: textIn(claims, 'roleId'),
    keyId: textIn(claims, 'keyId'),
    workspaceMemberId: textIn(claims, 'workspaceMemberId'),
  }
}

const isNamed = (statement: RunningStatement, name: StatementName): boolean =>
  statement.pid === name.pid &&
  statement.backendStart === name.backendStart &&
  ('requestId' in name ? statement.requestId === name.requestId : statement.startedAt === name.startedAt)

const notRunning = ({ pid }: StatementName): Refusal =>
  new Refusal('CONFLICT', `Backend ${pid} no longer runs this statement.`, {
    hint: 'GET /admin/statements lists the running statements.',
  })

/** @param running is asked after Postgres was: a request that is still the first one was it before, too */
export const createStatements = (
  running: () => readonly RunningSession[] | Promise<readonly RunningSession[]>,
): Statements => {
  const list: Statements['list'] = async (connection) => {
    const { activities, hidden } = await readActivities(connection)
    const sessions = new Map((await running()).map((each) => [each.pid, each]))
    const caller = ({ pid, workspace }: BackendActivity): StatementCaller => {
      const running = sessions.get(pid)
      return running?.session.workspace === workspace?.id && running ? callerOf(running) : UNKNOWN
    }
    return { statements: activities.map((each) => ({ ...each, ...caller(each) })), hidden }
  }

  return Object.freeze({
    list,
    cancel: async (connection: Connection, name: StatementName, allow: (each: RunningStatement) => void) => {
      const find = async (): Promise<RunningStatement | undefined> =>
        (await list(connection)).statements.find((each) => isNamed(each, name))
      const found = await find()
      if (found === undefined) throw notRunning(name)
      allow(found)
      // Where its answer is still on the way, the backend works on the next statement already. By the second
      // look the answer is here, and the request no longer has a statement.
      if ('requestId' in name && (await find())?.startedAt !== found.startedAt) throw notRunning(name)
      const isCancelled = await cancelStatement(connection, found).catch((error: unknown) => {
        if (errorCode(error) !== '42501') throw error
        throw new Refusal('FORBIDDEN', 'The role of DATABASE_URL may not cancel statements of requests.', {
          hint: 'Grant pg_signal_backend to it.',
          cause: error,
        })
      })
      if (!isCancelled) throw notRunning(name)
      return found
    },
  })
}
