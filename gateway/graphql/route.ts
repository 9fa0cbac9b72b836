// /graphql: read → parse and validate → execute → answer, for an authorised GET or POST. A fault of the
// request itself is 400; an error of execution is returned beside the data, with status 200, as in the
// contract.

import type { Logger } from 'pino'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import type { CountMode } from '../../tenants/model/countMode.ts'
import type { CacheBudget } from '../cache/budget.ts'
import type { Feed } from '../changes/feed.ts'
import type { Handler } from '../entry/authorise.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { SecondLook } from '../entry/retry.ts'
import { type Problem, toGraphQLError } from '../error/problem.ts'
import type { ErrorNames } from '../error/sqlstate.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context } from '../http/context.ts'
import { acceptsEvents, JSON_TYPE } from '../http/mediaType.ts'
import { preferredCount } from '../http/prefer.ts'
import { errorNamesOf } from '../records/model/errorNames.ts'
import type { OpenPast } from '../records/recordHistory.ts'
import type { ListStatements } from '../records/select/listStatements.ts'
import type { Runner } from '../records/write/answered.ts'
import { namingConflicts } from '../records/write/conflict.ts'
import { answerFingerprint, createKeyedWrites, idempotencyKeyOf } from '../records/write/idempotency.ts'
import type { Turns } from '../records/write/retry.ts'
import { createWriteRunner } from '../records/write/writeRunner.ts'
import { joinTexts } from '../slices/bytes.ts'
import { sendText } from '../slices/send.ts'
import type { SchemaVersions } from '../workspace/schemaVersions.ts'
import { createGraphQLDocuments } from './document.ts'
import { openSubscriptionStream } from './eventStream.ts'
import { createExecutor, type Executed, problemIn, type TraceOperation, tracedExecutor } from './execute.ts'
import { explainVariables } from './explain.ts'
import {
  type GraphQLAnswer,
  handlerOf,
  isUnknown,
  namesUnknown,
  placeOf,
  refusalOf,
  retryHeaders,
} from './graphqlAnswer.ts'
import { type GraphQLRequest, readRequest } from './graphqlRequest.ts'
import type { ShowSchema } from './introspection.ts'
import { withLocations } from './locations.ts'
import { isReading, refuseUnsafe } from './operation.ts'
import { createPlans } from './plan.ts'
import type { CompiledSchema } from './schema/compile.ts'
import { createSubscribe } from './subscribe.ts'
import { variablesOf } from './variables.ts'

export interface GraphQLOptions {
  readonly connections: ConnectionPool
  readonly turns: Turns
  readonly openPast: OpenPast
  /** The introspection schema for restricted roles. */
  readonly shownTo: ShowSchema
  readonly readJson: ReadJson
  readonly feed: Feed
  readonly schemaVersions: SchemaVersions<CompiledSchema>
  readonly log: Logger
  readonly budget: CacheBudget
  readonly lists: ListStatements
  readonly tracing?: { readonly operation: TraceOperation } | undefined
  /** Reads the current model. */
  readonly secondLook: SecondLook<CompiledSchema>
}

/** A connection pool that records whether any statement completed. */
const noting = (
  connections: ConnectionPool,
): { readonly noted: ConnectionPool; readonly hasRun: () => boolean } => {
  let hasRun = false
  const run: ConnectionPool['run'] = async (...statement) => {
    const rows = await connections.run(...statement)
    hasRun = true
    return rows
  }
  return { noted: { ...connections, run }, hasRun: () => hasRun }
}

interface KeyedRequest extends GraphQLRequest {
  readonly idempotencyKey: string | null
  /** How the caller prefers totals to be found. */
  readonly count: CountMode | null
}

/** Handles requests to /graphql of authenticated callers. */
export const createGraphQL = (options: GraphQLOptions) => {
  const { connections, turns, openPast, shownTo, readJson, log, secondLook, feed, schemaVersions } = options
  const { prepare, grow } = createGraphQLDocuments(options.budget)
  const planOf = createPlans(grow)
  const subscribe = createSubscribe({ feed, prepare, planOf, schemaVersions })
  const { tracing } = options
  const executor = createExecutor(options.lists, planOf)
  const execute = tracing ? tracedExecutor(executor, tracing.operation) : executor

  const report = (ctx: Context, problem: Problem): void => {
    if (problem.status < 500) return
    const level = problem.code === 'INTERNAL_SERVER_ERROR' ? 'error' : 'warn'
    log[level](
      { requestId: ctx.state.requestId, ...problem.options.facts, err: problem.options.cause ?? problem },
      problem.message,
    )
  }

  /** Nothing ran. A fault that is not the request's has its own status and headers. */
  const refused = (problems: readonly Problem[], formatted: readonly unknown[]): GraphQLAnswer => {
    const other = problems.find(({ status }) => status >= 500)
    if (other !== undefined) throw other
    return { status: 400, body: JSON.stringify({ errors: formatted }) }
  }

  const executedAnswer = (ctx: Context, { data, errors }: Executed, names: ErrorNames): GraphQLAnswer => {
    if (errors.length === 0 && data !== undefined)
      return { status: 200, body: joinTexts(['{"data":', data, '}']) }
    const isExecuted = data !== undefined
    const problems = errors.map((error) => problemIn(error, names, isExecuted))
    const formatted = errors.map((error, at) => {
      const problem = problems[at] ?? problemIn(error, names, isExecuted)
      if (isExecuted) report(ctx, problem)
      const { message, extensions } = toGraphQLError(problem)
      return { message, ...placeOf(error), extensions }
    })
    return isExecuted
      ? {
          status: 200,
          body: joinTexts([`{"errors":${JSON.stringify(formatted)},"data":`, data, '}']),
          ...retryHeaders(problems),
          isUnknown: problems.some(({ options }) => options.subCode === 'MODEL_CHANGED'),
        }
      : refused(problems, formatted)
  }

  const read = async (ctx: Context): Promise<KeyedRequest> => ({
    ...(await readRequest(ctx, { readJson, keepsDigits: true })),
    idempotencyKey: idempotencyKeyOf(ctx.req.headers['idempotency-key']),
    count: preferredCount(ctx.req.headers.prefer),
  })

  const answer = async (
    ctx: Context,
    requestContext: RequestContext<CompiledSchema>,
    { idempotencyKey: key, count, ...request }: KeyedRequest,
  ): Promise<GraphQLAnswer> => {
    const whole = await requestContext.workspace.schemaVersion.compiled()
    const { model, caller, session, author, maxBatchRecords } = requestContext
    const document = prepare(request.query, whole)
    const shownSchema = async () => (model === whole.model ? whole : shownTo(whole, model))
    refuseUnsafe(ctx.method, document, request.operationName)
    const { noted, hasRun } = noting(connections)
    const keyed =
      key === null
        ? null
        : createKeyedWrites(noted, session, turns, {
            key,
            asked: () => request,
            fingerprint: answerFingerprint(model, caller),
          })
    const variables = variablesOf(document, whole, request)
    // Reads may be sent twice, writes never.
    const retryable = isReading(document, request.operationName)
    const write = keyed?.run ?? createWriteRunner(noted, session, turns)
    const runner: Runner = {
      read: (statement) => noted.run(session, statement, { retryable }),
      write: namingConflicts(write, connections, session, model),
    }
    const { data, errors } = await execute(
      document,
      whole,
      { ...request, variables },
      {
        runnerAt: () => runner,
        model,
        past: openPast(requestContext, model),
        author,
        maxBatchRecords,
        count: count ?? requestContext.countMode,
        shownSchema,
      },
    )
    const executed = { data, errors: withLocations(errors, document, request.query) }
    if (keyed?.isReplayed()) ctx.set('idempotent-replayed', 'true')
    if (count !== null) ctx.set('preference-applied', `count=${count}`)
    if (executed.data === undefined) {
      const unknown = namesUnknown(executed.errors) ? { isUnknown: true } : {}
      const reason = explainVariables(document, whole.model, variables)
      if (reason !== null)
        return { status: 400, body: JSON.stringify({ errors: [toGraphQLError(reason)] }), ...unknown }
      return { ...executedAnswer(ctx, executed, errorNamesOf(whole.model)), ...unknown }
    }
    const answer = executedAnswer(ctx, executed, errorNamesOf(whole.model))
    // A read has no effects, and neither has a write without a completed statement.
    const isRepeatable = !hasRun() || retryable
    return { ...answer, isUnknown: isRepeatable && answer.isUnknown === true }
  }

  const answerOnce = handlerOf({
    read,
    answer: (ctx, requestContext: RequestContext<CompiledSchema>, request: KeyedRequest) =>
      secondLook<GraphQLAnswer>((again, renewedContext) => answer(again, renewedContext, request), isUnknown)(
        ctx,
        requestContext,
      ),
  })

  const handle: Handler<RequestContext<CompiledSchema>> = async (ctx, requestContext) => {
    if (!acceptsEvents(ctx)) return answerOnce(ctx, requestContext)
    ctx.state.route = ctx.path
    const request = await read(ctx)
    const open = secondLook<GraphQLAnswer | null>(async (again, renewedContext) => {
      await openSubscriptionStream({ feed, subscribe }, again, renewedContext, request)
      return null
    }, isUnknown)
    try {
      await open(ctx, requestContext)
    } catch (error) {
      const { status, body } = refusalOf(error)
      ctx.status = status
      ctx.type = JSON_TYPE
      sendText(ctx, body)
    }
  }
  return { handle, subscribe }
}
