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
import { toGraphQLError } from '../error/problem.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context } from '../http/context.ts'
import { acceptsEvents, JSON_TYPE } from '../http/mediaType.ts'
import { preferredCount } from '../http/prefer.ts'
import { errorNamesOf } from '../records/model/errorNames.ts'
import type { OpenPast } from '../records/recordHistory.ts'
import type { ListStatements } from '../records/select/listStatements.ts'
import { idempotencyKeyOf } from '../records/write/idempotency.ts'
import type { Turns } from '../records/write/retry.ts'
import { sendText } from '../slices/send.ts'
import type { SchemaVersions } from '../workspace/schemaVersions.ts'
import { createGraphQLDocuments } from './document.ts'
import { openSubscriptionStream } from './eventStream.ts'
import { createExecutor, type TraceOperation, tracedExecutor } from './execute.ts'
import { createAnswerWriter } from './executedAnswer.ts'
import { explainVariables } from './explain.ts'
import { type GraphQLAnswer, handlerOf, isUnknown, namesUnknown, refusalOf } from './graphqlAnswer.ts'
import { type GraphQLRequest, readRequest } from './graphqlRequest.ts'
import type { ShowSchema } from './introspection.ts'
import { withLocations } from './locations.ts'
import { isReading, refuseUnsafe } from './operation.ts'
import { createOperationRunner } from './operationRunner.ts'
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

interface KeyedRequest extends GraphQLRequest {
  readonly idempotencyKey: string | null
  /** How the caller prefers totals to be found. */
  readonly count: CountMode | null
}

type Documents = ReturnType<typeof createGraphQLDocuments>

interface Parts extends GraphQLOptions {
  readonly prepare: Documents['prepare']
  readonly planOf: ReturnType<typeof createPlans>
}

/** Executes a document once, with the model that the context has. */
const createAnswer = (parts: Parts) => {
  const { connections, turns, openPast, shownTo, prepare, planOf, log, lists, tracing } = parts
  const executor = createExecutor(lists, planOf)
  const execute = tracing ? tracedExecutor(executor, tracing.operation) : executor
  const writeAnswer = createAnswerWriter(log)

  return async (
    ctx: Context,
    requestContext: RequestContext<CompiledSchema>,
    { idempotencyKey, count, ...request }: KeyedRequest,
  ): Promise<GraphQLAnswer> => {
    const whole = await requestContext.workspace.schemaVersion.compiled()
    const { model, author, maxBatchRecords } = requestContext
    const document = prepare(request.query, whole)
    refuseUnsafe(ctx.method, document, request.operationName)
    const variables = variablesOf(document, whole, request)
    const retryable = isReading(document, request.operationName)
    const runner = createOperationRunner({ connections, turns }, requestContext, {
      retryable,
      idempotencyKey,
      request,
    })
    const { data, errors } = await execute(
      document,
      whole,
      { ...request, variables },
      {
        runnerAt: (_, index) => runner.at(index),
        model,
        past: openPast(requestContext, model),
        author,
        maxBatchRecords,
        count: count ?? requestContext.countMode,
        shownSchema: async () => (model === whole.model ? whole : shownTo(whole, model)),
      },
    )
    const executed = { data, errors: withLocations(errors, document, request.query) }
    if (runner.isReplayed()) ctx.set('idempotent-replayed', 'true')
    if (count !== null) ctx.set('preference-applied', `count=${count}`)
    if (executed.data === undefined) {
      const unknown = namesUnknown(executed.errors) ? { isUnknown: true } : {}
      const reason = explainVariables(document, whole.model, variables)
      if (reason !== null)
        return { status: 400, body: JSON.stringify({ errors: [toGraphQLError(reason)] }), ...unknown }
      return { ...writeAnswer(ctx, executed, errorNamesOf(whole.model)), ...unknown }
    }
    const answer = writeAnswer(ctx, executed, errorNamesOf(whole.model))
    // A read has no effects, and neither has a write without a completed statement.
    const isRepeatable = !runner.hasRun() || retryable
    return { ...answer, isUnknown: isRepeatable && answer.isUnknown === true }
  }
}

/** Handles requests to /graphql of authenticated callers. */
export const createGraphQL = (options: GraphQLOptions) => {
  const { readJson, secondLook, feed, schemaVersions } = options
  const { prepare, grow } = createGraphQLDocuments(options.budget)
  const planOf = createPlans(grow)
  const subscribe = createSubscribe({ feed, prepare, planOf, schemaVersions })
  const answer = createAnswer({ ...options, prepare, planOf })

  const read = async (ctx: Context): Promise<KeyedRequest> => ({
    ...(await readRequest(ctx, { readJson, keepsDigits: true })),
    idempotencyKey: idempotencyKeyOf(ctx.req.headers['idempotency-key']),
    count: preferredCount(ctx.req.headers.prefer),
  })

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
