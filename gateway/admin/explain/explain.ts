// POST /admin/workspaces/{id}/explain: every statement that a request would send, with its plan. Nothing is
// written: writes are planned, and reads run only when asked, in a read-only transaction that is rolled back.

import type { Pool } from 'pg'
import { explainStatement, sentText } from '../../../sql/explain.ts'
import type { Placement } from '../../../sql/placement.ts'
import { audit, type Operator } from '../../../tenants/operator.ts'
import { findRole, listRoles, type Role } from '../../../tenants/permission/role.ts'
import { Refusal } from '../../../tenants/refusal.ts'
import type { Caller } from '../../auth/caller.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { badInput, Problem } from '../../error/problem.ts'
import { isSqlError } from '../../error/sqlstate.ts'
import type { CompiledSchema } from '../../graphql/schema/compile.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Context, Handler, RouteRow } from '../../http/context.ts'
import { decodePercent } from '../../http/query.ts'
import { findReached, requireScope } from '../scope.ts'
import { readAsked } from './asked.ts'
import { collect, type Sent } from './collect.ts'
import { maskLiterals, maskPlan } from './mask.ts'

export interface ExplainOptions {
  readonly pool: Pool
  readonly placement: Pick<Placement, 'apart'>
  readonly open: (caller: Caller, requestId: string) => Promise<RequestContext<CompiledSchema>>
  readonly readJson: ReadJson
}

export interface ExplainedStatement {
  readonly field: string | null
  readonly kind: Sent['kind']
  readonly hasPlaceholders: boolean
  readonly sql: string
  readonly planningMs: number | null
  /** Null unless it ran. */
  readonly executionMs: number | null
  /** As Postgres' `explain (format json)` prints it, with values masked; null after an error. */
  readonly plan: unknown
  readonly error: { readonly sqlstate: string; readonly message: string } | null
}

export interface Explanation {
  readonly role: { readonly id: string; readonly label: string }
  readonly isAnalyzed: boolean
  readonly statements: readonly ExplainedStatement[]
  /** Statements beyond the first 50. */
  readonly omitted: number
}

const MOST_STATEMENTS = 50
/** Explanations that run at the same time; each has a connection of its own. */
const MOST_AT_ONCE = 2

/** In place of Postgres' messages, which may repeat values. */
const REASONS: Readonly<Record<string, string>> = {
  '25006': 'The statement calls a function that writes, so it was rolled back.',
  '42501': 'The role lacks the permission.',
  '57014': "The statement ran past the request's timeout, or was cancelled.",
}

const millisecondsOf = (plan: unknown, name: string): number | null => {
  const value: unknown = typeof plan === 'object' && plan !== null ? Reflect.get(plan, name) : null
  return typeof value === 'number' ? value : null
}

const explainOne = async (
  client: Awaited<ReturnType<Placement['apart']>>,
  { field, kind, hasPlaceholders, session, statement }: Sent,
  isAnalyzed: boolean,
): Promise<ExplainedStatement> => {
  const known = {
    field,
    kind,
    hasPlaceholders,
    sql: maskLiterals(sentText(session, statement)),
  }
  try {
    const plan = await explainStatement(client, session, statement, isAnalyzed)
    return {
      ...known,
      planningMs: millisecondsOf(plan, 'Planning Time'),
      executionMs: millisecondsOf(plan, 'Execution Time'),
      plan: maskPlan(plan),
      error: null,
    }
  } catch (error) {
    if (!isSqlError(error)) throw error
    const sqlstate = error.code ?? ''
    const message = REASONS[sqlstate] ?? `Postgres refused the statement with SQLSTATE ${sqlstate}.`
    return { ...known, planningMs: null, executionMs: null, plan: null, error: { sqlstate, message } }
  }
}

const callerOf = (
  operator: Operator,
  workspaceId: string,
  { id: roleId, label: roleLabel, pgRole }: Role,
): Caller => {
  if (pgRole === null)
    throw badInput(
      `The role "${roleLabel}" does not exist in Postgres yet.`,
      undefined,
      'It is created with its first key or member.',
    )
  return {
    ...{ workspaceId, roleId, roleLabel, pgRole, callerId: operator.id, name: operator.name },
    keyId: null,
    workspaceMemberId: null,
    rateLimitPerMinute: null,
    workspaceRateLimitPerMinute: null,
    flags: new Set(),
  }
}

const roleOf = async (pool: Pool, workspaceId: string, reference: string): Promise<Role> => {
  const roles = await listRoles(pool, workspaceId)
  try {
    return roles.find(({ id }) => id === reference) ?? (await findRole(pool, workspaceId, reference))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw badInput(error.message, undefined, error.hint)
  }
}

const refuseWrites = (sent: readonly Sent[]): void => {
  if (sent.every(({ kind }) => kind === 'read')) return
  throw badInput(
    'This request writes, and analyze would run it.',
    'ANALYZE_WRITES',
    'Omit analyze to only plan it.',
  )
}

const referenceIn = ({ state }: Context): string => decodePercent(state.target.params.id ?? '')

const explainAll = async (
  placement: ExplainOptions['placement'],
  workspaceId: string,
  sent: readonly Sent[],
  isAnalyzed: boolean,
  isWanted: () => boolean,
): Promise<ExplainedStatement[]> => {
  const client = await placement.apart(workspaceId)
  // A lost connection rejects the query that runs on it.
  client.on('error', () => undefined)
  const explained: ExplainedStatement[] = []
  try {
    await client.connect()
    for (const each of sent) {
      if (!isWanted()) break
      explained.push(await explainOne(client, each, isAnalyzed))
    }
  } finally {
    await client.end().catch(() => undefined)
  }
  return explained
}

export const createExplain = ({
  pool,
  placement,
  open,
  readJson,
}: ExplainOptions): RouteRow<Handler<Operator>> => {
  let running = 0

  const explain = async (ctx: Context, operator: Operator): Promise<Explanation> => {
    const asked = readAsked(await readJson(ctx.req))
    const { isAnalyzed } = asked
    const { id: workspaceId } = await findReached(pool, operator, referenceIn(ctx))
    const role = await roleOf(pool, workspaceId, asked.role)
    const requestContext = await open(callerOf(operator, workspaceId, role), ctx.state.requestId)
    const sent = await collect(requestContext, asked)
    if (isAnalyzed) refuseWrites(sent)
    const shown = sent.slice(0, MOST_STATEMENTS)
    const details = {
      ...{ role: role.label, analyze: isAnalyzed, statements: shown.length },
      protocol: asked.rest === null ? 'graphql' : 'rest',
    }
    await audit(pool, operator, { action: 'workspace.explain', workspaceId, details })
    return {
      role: { id: role.id, label: role.label },
      isAnalyzed,
      // A client that has gone leaves the other statements, each of which may run as long as a request.
      statements: await explainAll(placement, workspaceId, shown, isAnalyzed, () => !ctx.res.closed),
      omitted: sent.length - shown.length,
    }
  }

  const answer = async (ctx: Context, operator: Operator): Promise<void> => {
    requireScope(operator, 'statements', 'workspaces')
    ctx.state.route = '/admin/workspaces/{id}/explain'
    if (running >= MOST_AT_ONCE)
      throw new Problem(
        'RATE_LIMITED',
        `At most ${MOST_AT_ONCE} requests can be explained at the same time.`,
        {
          headers: { 'retry-after': '1' },
        },
      )
    running += 1
    try {
      ctx.body = await explain(ctx, operator)
    } finally {
      running -= 1
    }
  }
  return { pattern: '/admin/workspaces/{id}/explain', methods: { POST: answer } }
}
