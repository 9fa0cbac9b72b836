// Records under `/rest`: parse → plan → compile → run → answer; each stage may refuse. Only the running stage
// uses the database, once.

import type { Rows, Statement } from '../../sql/pipeline/pool.ts'
import type { CacheBudget } from '../cache/budget.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { badInput, methodNotAllowed, type Problem, problemOf } from '../error/problem.ts'
import type { Context, Handler, RequestTarget, RouteRow } from '../http/context.ts'
import { preferredCount } from '../http/prefer.ts'
import { decodePercent, parseQuery } from '../http/query.ts'
import { errorNamesOf } from '../records/model/errorNames.ts'
import type { ListStatements } from '../records/select/listStatements.ts'
import { answerStatement } from '../records/select/total.ts'
import { answerCall, type OtherRequest } from './answerCall.ts'
import { type CallOptions, createOpenCall, type RunWithProblems } from './openCall.ts'
import { type PathNames, parseRequest } from './parse.ts'
import { takesOf } from './plan.ts'
import { createPreparedReads, isReadKind, type ReadKind } from './preparedReads.ts'
import { allowedMethods, RECORD_ROWS, REST_ROOT, type RecordRow } from './routes.ts'

interface RestOptions extends CallOptions {
  readonly budget: CacheBudget
  readonly lists: ListStatements
}

type RestHandler = Handler<RequestContext<unknown>>

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

const run: RunWithProblems = async (requestContext, work) => {
  try {
    return await work()
  } catch (error) {
    throw problemOf(error, errorNamesOf(requestContext.workspace.schemaVersion.model))
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

type Read = (requestContext: RequestContext<unknown>, statement: Statement) => Promise<Rows>

/** Answers requests that are prepared by their query string. */
const createReadAnswer = ({ budget, lists }: RestOptions, read: Read) => {
  const findRead = createPreparedReads(budget, lists)
  return async (
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
}

/** The rows of the record API with their handlers, for authorised callers. */
export const createRest = (options: RestOptions): readonly RouteRow<RestHandler>[] => {
  const { connections } = options
  const read: Read = (requestContext, statement) =>
    run(requestContext, () => connections.run(requestContext.session, statement, { retryable: true }))
  const answerRead = createReadAnswer(options, read)
  const openCall = createOpenCall(options, { run, read })

  const answer = async (
    ctx: Context,
    requestContext: RequestContext<unknown>,
    row: RecordRow,
    kind: OtherRequest['kind'],
  ): Promise<void> => {
    const { params, search } = ctx.state.target
    const request = parseRequest(kind, pathNamesOf(params), parseQuery(search))
    const { call, isReplayed } = openCall(ctx, requestContext, request.plural)
    ctx.state.route = row.pattern.replace('{plural}', call.object.namePlural)
    const { status, body } = await answerCall(call, request, ctx.method, row)
    ctx.status = status
    if (isReplayed()) ctx.set('idempotent-replayed', 'true')
    if (call.isMinimal && (body === null || status === 201)) ctx.set('preference-applied', 'return=minimal')
    if (body === null) {
      ctx.body = null
      ctx.status = status
    } else {
      ctx.type = 'application/json'
      ctx.body = body
    }
  }

  const rows = RECORD_ROWS.map(
    (row): RouteRow<RestHandler> => ({
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
