// Records under `/rest`: parse → plan → compile → run → answer; each stage may refuse. Only the running stage
// uses the database, once.

import type { ConnectionPool, Rows, Statement } from '../../sql/pipeline/pool.ts'
import type { Model } from '../../tenants/model/model.ts'
import type { CacheBudget } from '../cache/budget.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { badInput, methodNotAllowed, type Problem, problemOf } from '../error/problem.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context, Handler, RequestTarget, RouteRow } from '../http/context.ts'
import { isMinimalPreferred, preferredCount } from '../http/prefer.ts'
import { decodePercent, parseQuery } from '../http/query.ts'
import { errorNamesOf } from '../records/model/errorNames.ts'
import type { OpenPast } from '../records/recordHistory.ts'
import type { ListStatements } from '../records/select/listStatements.ts'
import { answerStatement } from '../records/select/total.ts'
import { namingConflicts } from '../records/write/conflict.ts'
import {
  answerFingerprint,
  createKeyedWrites,
  idempotencyKeyOf,
  type KeyedWrites,
} from '../records/write/idempotency.ts'
import type { Turns } from '../records/write/retry.ts'
import { createWriteRunner, type RunWrite } from '../records/write/writeRunner.ts'
import { answerCall, type OtherRequest } from './answerCall.ts'
import type { RestCall } from './call.ts'
import { type PathNames, parseRequest } from './parse.ts'
import { findObject, takesOf } from './plan.ts'
import { createPreparedReads, isReadKind, type ReadKind } from './preparedReads.ts'
import type { RestRequest } from './restRequest.ts'
import { allowedMethods, RECORD_ROWS, REST_ROOT, type RecordRow } from './routes.ts'

interface RestOptions {
  readonly connections: ConnectionPool
  readonly turns: Turns
  readonly openPast: OpenPast
  readonly readJson: ReadJson
  readonly budget: CacheBudget
  readonly lists: ListStatements
}

/** Methods that are not idempotent by themselves. */
const KEYED_METHODS = new Set(['POST', 'PATCH', 'PUT'])

/** Most paths have nothing encoded. */
const decoded = (text: string): string => (text.includes('%') ? decodePercent(text) : text)

export const pathNamesOf = ({
  plural = '',
  key = '',
  position = '',
}: RequestTarget['params']): PathNames => ({
  plural: decoded(plural),
  key: key.split(',').map(decoded),
  position,
})

export const badPath = (path: string): Problem =>
  badInput(
    `Query path '${path.slice(0, 205)}' invalid. Valid examples: /rest/companies/id or /rest/companies or /rest/batch/companies`,
  )

/** The rows of the record API with their handlers, for authorised callers. */
export const createRest = ({
  connections,
  turns,
  openPast,
  readJson,
  budget,
  lists,
}: RestOptions): readonly RouteRow<Handler<RequestContext<unknown>>>[] => {
  const findRead = createPreparedReads(budget, lists)

  const run = async <Result>(
    requestContext: RequestContext<unknown>,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      throw problemOf(error, errorNamesOf(requestContext.workspace.schemaVersion.model))
    }
  }

  const read = (requestContext: RequestContext<unknown>, statement: Statement): Promise<Rows> =>
    run(requestContext, () => connections.run(requestContext.session, statement, { retryable: true }))

  /** Writes under the request's Idempotency-Key; null without one. */
  const keyedWrites = (
    ctx: Context,
    { session, caller }: RequestContext<unknown>,
    model: Model,
    body: () => unknown,
  ): KeyedWrites | null => {
    if (!KEYED_METHODS.has(ctx.method)) return null
    const key = idempotencyKeyOf(ctx.req.headers['idempotency-key'])
    if (key === null) return null
    const asked = (): unknown => [ctx.method, ctx.req.url, body()]
    return createKeyedWrites(connections, session, turns, {
      key,
      asked,
      fingerprint: answerFingerprint(model, caller),
    })
  }

  const callOf = (
    ctx: Context,
    requestContext: RequestContext<unknown>,
    model: Model,
    request: RestRequest,
  ): { readonly call: RestCall; readonly keyed: KeyedWrites | null } => {
    const { prefer } = ctx.req.headers
    let body: unknown
    const keyed = keyedWrites(ctx, requestContext, model, () => body)
    let writer: RunWrite | undefined
    const past = openPast(requestContext, model)
    const write: RunWrite = (...asked) => {
      writer ??= namingConflicts(
        keyed?.run ?? createWriteRunner(connections, requestContext.session, turns),
        connections,
        requestContext.session,
        model,
      )
      return writer(...asked)
    }
    const call: RestCall = {
      requestContext,
      model,
      object: findObject(model, request.plural),
      readBody: async () => {
        body = await readJson(ctx.req)
        return body
      },
      read: (statement) => read(requestContext, statement),
      past: {
        page: (...asked) => run(requestContext, () => past.page(...asked)),
        undo: (...asked) => run(requestContext, () => past.undo(...asked)),
        erase: (...asked) => run(requestContext, () => past.erase(...asked)),
      },
      write: async (statement, isRepeatable) => {
        const rows = await run(requestContext, () => write(statement, isRepeatable))
        ctx.state.hasWritten = true
        return rows
      },
      isMinimal: prefer !== undefined && isMinimalPreferred(prefer),
    }
    return { call, keyed }
  }

  const answerRead = async (
    ctx: Context,
    requestContext: RequestContext<unknown>,
    row: RecordRow,
    kind: ReadKind,
  ): Promise<void> => {
    const { params, search } = ctx.state.target
    const place = pathNamesOf(params)
    const { prefer } = ctx.req.headers
    const preferred = kind === 'findMany' && prefer !== undefined ? preferredCount(prefer) : null
    const count = preferred ?? requestContext.countMode
    const found = findRead(requestContext.model, kind, place, search, count, ({ namePlural }) => {
      ctx.state.route = row.pattern.replace('{plural}', namePlural)
    })
    const { values, keyValues, takesCount } = found
    const statement = keyValues === null ? found : { ...found, values: [...values, ...keyValues(place.key)] }
    const body =
      found.estimate === undefined
        ? found.write(await read(requestContext, statement))
        : await answerStatement(statement, (each) => read(requestContext, each))
    if (takesCount && preferred !== null) ctx.set('preference-applied', `count=${preferred}`)
    ctx.status = 200
    ctx.type = 'application/json'
    ctx.body = body
  }

  const answer = async (
    ctx: Context,
    requestContext: RequestContext<unknown>,
    row: RecordRow,
    kind: OtherRequest['kind'],
  ): Promise<void> => {
    const { params, search } = ctx.state.target
    const { model } = requestContext
    const request = parseRequest(kind, pathNamesOf(params), parseQuery(search))
    const { call, keyed } = callOf(ctx, requestContext, model, request)
    ctx.state.route = row.pattern.replace('{plural}', call.object.namePlural)
    const { status, body } = await answerCall(call, request, ctx.method, row)
    ctx.status = status
    if (keyed?.isReplayed()) ctx.set('idempotent-replayed', 'true')
    if (call.isMinimal && (body === null || status === 201)) ctx.set('preference-applied', 'return=minimal')
    if (body === null) {
      ctx.body = null
      ctx.status = status
    } else {
      ctx.type = 'application/json'
      ctx.body = body
    }
  }

  const refuseMethod = async (
    ctx: Context,
    { model }: RequestContext<unknown>,
    row: RecordRow,
  ): Promise<never> => {
    const { plural } = pathNamesOf(ctx.state.target.params)
    throw methodNotAllowed(ctx.method, allowedMethods(row, plural, takesOf(model)))
  }

  const rows = RECORD_ROWS.map(
    (row): RouteRow<Handler<RequestContext<unknown>>> => ({
      pattern: row.pattern,
      methods: Object.fromEntries(
        Object.entries(row.methods).map(([method, kind]) => [
          method,
          (ctx: Context, requestContext: RequestContext<unknown>) =>
            isReadKind(kind)
              ? answerRead(ctx, requestContext, row, kind)
              : answer(ctx, requestContext, row, kind),
        ]),
      ),
      otherwise: (ctx, requestContext) => refuseMethod(ctx, requestContext, row),
    }),
  )
  const otherwise = async ({ state }: Context): Promise<never> => {
    throw badPath(state.target.path)
  }
  return [...rows, { pattern: `${REST_ROOT}/{...}`, methods: {}, otherwise }]
}
