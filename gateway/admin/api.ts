// The operator API under /admin, for an operator's key or session. Every change writes an audit row. Keys of
// workspaces have no access here, and operators' keys none elsewhere.

import { Readable } from 'node:stream'
import { type Connection, inTransaction } from '../../sql/ownerPool.ts'
import type { Placement } from '../../sql/placement.ts'
import { audit, type Operator } from '../../tenants/operator.ts'
import { findPresentWorkspace } from '../../tenants/workspace.ts'
import { countingFailures } from '../auth/failures.ts'
import type { Sessions } from '../auth/session.ts'
import type { Config } from '../config.ts'
import { addressOf } from '../demo/address.ts'
import type { Context, Handler, Middleware, RouteRow } from '../http/context.ts'
import { checkParameters, nextPageLink } from '../http/listQuery.ts'
import { parseQuery } from '../http/query.ts'
import { unknownPath } from '../http/render.ts'
import { rowsOf } from '../http/surface.ts'
import type { Throttle } from '../limits/throttle.ts'
import type { Machine } from '../observe/machine.ts'
import { createStatements } from '../observe/statements.ts'
import {
  type ActionCall,
  type ActionOutcome,
  BODY_NAMES,
  changesWorkspace,
  OPERATOR_ACTIONS,
  type ScopedAction,
  takesBody,
} from './actions.ts'
import { AUDIT_ACTIONS } from './audit/auditActions.ts'
import { jsonBodyOf } from './body.ts'
import { createExplain, type ExplainOptions } from './explain/explain.ts'
import { createIdentify } from './host/identify.ts'
import { NODE_ACTIONS, NODE_BODY_NAMES } from './nodes/nodeActions.ts'
import { OBSERVE_ACTIONS } from './observeActions.ts'
import { USAGE_ACTIONS } from './quota/usageActions.ts'
import { findReached, requireScope } from './scope.ts'

interface AdminOptions extends ExplainOptions {
  readonly throttle: Pick<Throttle, 'fail'>
  readonly reload: ActionCall['reload']
  readonly machine: Machine
  readonly sessions: Pick<Sessions, 'of'>
  readonly placement: ExplainOptions['placement'] & Pick<Placement, 'workers'>
  readonly config: Config
  /** Makes this gateway reload a `workspace <id>` and its callers. */
  readonly announce: (payload: string) => void
  /** Where the gateway listens. */
  readonly port: () => number
  /** The host's subscription. */
  readonly host: { readonly rows: readonly RouteRow<Handler<Operator>>[] }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export interface Admin {
  /** Authenticates operators by their key or session. */
  readonly authorise: (answer: Handler<Operator>) => Middleware
  readonly rows: readonly RouteRow<Handler<Operator>>[]
}

/** Parts of the gateway that actions look into. */
const partsOf = ({ reload, machine, config }: AdminOptions) => ({
  machine,
  graceDays: config.graceDays,
  reload,
  statements: createStatements(machine.running),
})

/** Of links for members; without a public URL the address that the caller used, if it serves members. */
const originOf = ({ config, port }: AdminOptions, { protocol, host }: Context): string =>
  config.publicUrl ?? (config.adminApi === 'private' ? addressOf(config, port()) : `${protocol}://${host}`)

const BODIES: typeof BODY_NAMES = { ...BODY_NAMES, ...NODE_BODY_NAMES }

/** Actions on one workspace except moves, which is looked up here, and lists that leave out others. */
const REACHES_WORKSPACES = /^\w+ \/admin\/workspaces\/\{id\}(?!\/move)|^GET \/admin\/(?:workspaces|audit)$/

/** Changes that are of no single workspace. */
const BY_OPERATORS = 'operators'

/** Runs an action and writes its audit row. */
const createAnswer = (options: AdminOptions) => {
  const { pool, placement, readJson, announce } = options
  const parts = partsOf(options)
  return async (
    ctx: Context,
    operator: Operator,
    name: string,
    { scope, run: act, parameters }: ScopedAction,
  ): Promise<void> => {
    requireScope(operator, scope, REACHES_WORKSPACES.test(name) ? 'workspaces' : 'installation')
    const { path, search, params } = ctx.state.target
    const query = parseQuery(search)
    checkParameters(query, parameters)
    ctx.state.route = name.slice(name.indexOf(' ') + 1)
    const call = {
      operator,
      ...parts,
      reference: decoded(params.id ?? ''),
      part: decoded(params.part ?? ''),
      query,
      accept: ctx.req.headers.accept ?? '',
      // Before the transaction begins: a slow sender holds no owner connection.
      workers: placement.workers?.list() ?? [],
      body: takesBody(name) ? jsonBodyOf(await readJson(ctx.req), BODIES[name]) : {},
      origin: originOf(options, ctx),
    }
    if (operator.workspaceIds !== null && call.reference !== '')
      await findReached(pool, operator, call.reference)
    const run = async (connection: Connection): Promise<ActionOutcome> => {
      if (changesWorkspace(name)) await findPresentWorkspace(connection, call.reference)
      const outcome = await act({ ...call, connection })
      const { action: done, workspaceId = null, details = {} } = outcome
      if (done !== undefined) await audit(connection, operator, { action: done, workspaceId, details })
      return outcome
    }
    // The change and its audit row share a transaction.
    const changes = call.reference === '' ? BY_OPERATORS : call.reference
    const outcome = ctx.method === 'GET' ? await run(pool) : await inTransaction(pool, run, { changes })
    const { status = 200, type, nextAfter, workspaceId } = outcome
    if (workspaceId !== undefined) announce(`workspace ${workspaceId}`)
    const body = outcome.afterCommit === undefined ? outcome.body : await outcome.afterCommit(pool)
    ctx.status = status
    if (nextAfter !== undefined) ctx.set('link', nextPageLink(path, query, nextAfter))
    if (type !== undefined) ctx.type = type
    // Koa leaves the connection open when a stream fails after its first bytes.
    if (body instanceof Readable) body.once('error', () => ctx.res.destroy())
    ctx.body = body
  }
}

export const createAdmin = (options: AdminOptions): Admin => {
  const { pool, throttle, sessions } = options
  const identify = createIdentify(pool, sessions)
  const answer = createAnswer(options)
  const answers = Object.entries({
    ...OPERATOR_ACTIONS,
    ...OBSERVE_ACTIONS,
    ...NODE_ACTIONS,
    ...AUDIT_ACTIONS,
    ...USAGE_ACTIONS,
  }).map(([name, action]): [string, Handler<Operator>] => [
    name,
    (ctx, operator) => answer(ctx, operator, name, action),
  ])
  const otherwise = async ({ path }: Context): Promise<never> => {
    throw unknownPath(path)
  }
  return {
    authorise: (handle) => async (ctx) => handle(ctx, await countingFailures(throttle, ctx, identify)),
    rows: [
      ...rowsOf(Object.fromEntries(answers)),
      createExplain(options),
      ...options.host.rows,
      { pattern: '/admin/{...}', methods: {}, otherwise },
    ],
  }
}
