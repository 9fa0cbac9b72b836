// /metadata: read → parse and validate → execute → answer, for a GET or POST, authorised unless all selected
// fields are public. Same format as /graphql. Mutations of one document run one after the other, each in a
// transaction of its own; dry runs are returned in `extensions.dryRun`.

import type { Logger } from 'pino'
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
} from 'postgraphile/graphql'
import { isRecord } from '../../tenants/model/json.ts'
import type { ChangePlan } from '../../tenants/model/metadata.ts'
import { readCookie } from '../auth/cookie.ts'
import type { CacheBudget } from '../cache/budget.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import type { SecondLook } from '../entry/retry.ts'
import { Problem, toGraphQLError } from '../error/problem.ts'
import { explainingMissing, parseText, prepareDocument } from '../graphql/document.ts'
import { type GraphQLAnswer, handlerOf, isUnknown, placeOf, retryHeaders } from '../graphql/graphqlAnswer.ts'
import { type GraphQLRequest, readRequest } from '../graphql/graphqlRequest.ts'
import { withLocations } from '../graphql/locations.ts'
import { isReading, refuseSubscription, refuseUnsafe } from '../graphql/operation.ts'
import { documentBytes } from '../graphql/validation/size.ts'
import { hasInheritedField, variablesOf } from '../graphql/variables.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context } from '../http/context.ts'
import { jsonTextOf } from '../slices/writeJson.ts'
import { unsupported } from '../unsupported.ts'
import { createContext, type Readers } from './context.ts'
import { metadataProblemOf } from './model/fault.ts'
import type { TokenExchange } from './people/signIn.ts'
import { isPublicDocument } from './publicDocument.ts'

interface MetadataGraphQLOptions {
  readonly schema: GraphQLSchema
  readonly readers: Readers
  readonly readJson: ReadJson
  readonly log: Logger
  readonly budget: CacheBudget
  /** Reads the current model. */
  readonly secondLook: SecondLook<unknown>
  readonly exchangeFor: (ctx: Context) => TokenExchange
}

interface Known {
  readonly document: DocumentNode
  readonly isPublic: boolean
}

const planOf = (plans: readonly ChangePlan[]): ChangePlan => ({
  statements: plans.flatMap(({ statements }) => statements),
  jobs: plans.flatMap(({ jobs }) => jobs),
  locks: plans.flatMap(({ locks }) => locks),
  rows: plans.flatMap(({ rows }) => rows),
  sizes: plans.flatMap(({ sizes }) => sizes),
  rewrites: plans.flatMap(({ rewrites }) => rewrites),
})

const isNotFound = ({ originalError }: GraphQLError): boolean =>
  originalError instanceof Problem && originalError.code === 'NOT_FOUND'

const explain = explainingMissing(unsupported)

const createDocuments = (schema: GraphQLSchema, budget: CacheBudget) => {
  const kept = budget.open<string, Known>({ name: 'metadata documents' })
  const isPublicText = (text: string): boolean => {
    try {
      return isPublicDocument(parseText(text), schema)
    } catch {
      return false
    }
  }
  return {
    /** Throws the document's faults. */
    prepared: (text: string): DocumentNode => {
      const known = kept.get(text)
      if (known !== undefined) return known.document
      const document = prepareDocument(text, schema, explain)
      kept.set(text, { document, isPublic: isPublicDocument(document, schema) }, documentBytes(text))
      return document
    },
    /** Whether anonymous callers may send it; an unparsable document is not public. */
    isPublic: (text: string): boolean => kept.get(text)?.isPublic ?? isPublicText(text),
  }
}

/** What was executed, parsed and as it was sent. */
interface Asked {
  readonly document: DocumentNode
  readonly query: string
}

const queryOf = (body: unknown): string =>
  isRecord(body) && typeof body.query === 'string' ? body.query : ''

type WriteAnswer = (
  ctx: Context,
  result: ExecutionResult,
  asked: Asked,
  dryRuns: readonly ChangePlan[],
) => Promise<GraphQLAnswer>

/** Writes the answer of an execution, and logs faults that are not the request's. */
const createAnswerWriter = (log: Logger): WriteAnswer => {
  /** Without an original error it is GraphQL's own: about variables, before execution. */
  const problemOf = (ctx: Context, error: GraphQLError, isExecuted: boolean): Problem => {
    if (!isExecuted) return new Problem('BAD_USER_INPUT', error.message)
    const problem = metadataProblemOf(error.originalError ?? error)
    if (problem.status >= 500)
      log.error(
        { requestId: ctx.state.requestId, ...problem.options.facts, err: problem.options.cause ?? problem },
        problem.message,
      )
    return problem
  }

  return async (ctx, { data, errors: found = [] }, { document, query }, dryRuns) => {
    const isExecuted = data !== undefined
    const errors = withLocations(found, document, query)
    const problems = errors.map((error) => problemOf(ctx, error, isExecuted))
    const formatted = errors.map((error, at) => {
      const { message, extensions } = toGraphQLError(problems[at] ?? problemOf(ctx, error, isExecuted))
      return { message, ...placeOf(error), extensions }
    })
    const body = {
      ...(formatted.length === 0 ? {} : { errors: formatted }),
      ...(isExecuted ? { data } : {}),
      ...(dryRuns.length === 0 ? {} : { extensions: { dryRun: planOf(dryRuns) } }),
    }
    return {
      status: isExecuted ? 200 : 400,
      body: await jsonTextOf(body),
      ...retryHeaders(problems),
      isUnknown: errors.some(isNotFound),
    }
  }
}

interface Parts extends MetadataGraphQLOptions {
  readonly documents: ReturnType<typeof createDocuments>
  readonly writeAnswer: WriteAnswer
}

/** Answers documents of authorised callers. */
const createCallerAnswer = ({ schema, readers, documents, writeAnswer }: Parts) => {
  const inputs = { schema, hasInheritedField: hasInheritedField(schema) }
  return async (
    ctx: Context,
    requestContext: RequestContext<unknown>,
    request: GraphQLRequest,
  ): Promise<GraphQLAnswer> => {
    const { query, operationName } = request
    const document = documents.prepared(query)
    refuseSubscription(document, operationName)
    refuseUnsafe(ctx.method, document, operationName)
    const isRead = isReading(document, operationName)
    const contextValue = createContext(requestContext, `${ctx.protocol}://${ctx.host}`, readers, isRead)
    const result = await execute({
      schema,
      document,
      contextValue,
      variableValues: variablesOf(document, inputs, request),
      operationName: operationName ?? null,
    })
    contextValue.pace.end()
    const response = await writeAnswer(ctx, result, { document, query }, contextValue.dryRuns)
    // A write reads the current model; an unknown name really does not exist.
    return { ...response, isUnknown: isRead && response.isUnknown === true }
  }
}

/** Answers public documents, of anonymous callers. */
const createAnonymousAnswer =
  ({ schema, exchangeFor, writeAnswer }: Parts) =>
  async (ctx: Context, { query, variables, operationName }: GraphQLRequest): Promise<GraphQLAnswer> => {
    // Not cached: anonymous callers could evict the documents of others.
    const document = prepareDocument(query, schema, explain)
    const result = await execute({
      schema,
      document,
      contextValue: { exchange: exchangeFor(ctx) },
      variableValues: variables ?? {},
      operationName: operationName ?? null,
    })
    return writeAnswer(ctx, result, { document, query }, [])
  }

export const createMetadataGraphQL = (options: MetadataGraphQLOptions) => {
  const { schema, readJson, log, budget, secondLook } = options
  const documents = createDocuments(schema, budget)
  const parts = { ...options, documents, writeAnswer: createAnswerWriter(log) }
  const answer = createCallerAnswer(parts)
  const answerAnonymous = createAnonymousAnswer(parts)

  const handle = handlerOf({
    read: (ctx) => readRequest(ctx, { readJson, keepsDigits: true }),
    answer: (ctx, requestContext: RequestContext<unknown> | null, request: GraphQLRequest) =>
      requestContext === null
        ? answerAnonymous(ctx, request)
        : secondLook<GraphQLAnswer>(
            (again, renewedContext) => answer(again, renewedContext, request),
            isUnknown,
          )(ctx, requestContext),
  })

  return {
    /** Null: an anonymous caller, whose document is public. */
    handle,
    /**
     * An expired token does not block the exchange; a session cookie does, because other sites can make a
     * browser send it.
     */
    isPublic: async (ctx: Context): Promise<boolean> => {
      const { authorization, cookie } = ctx.req.headers
      if (ctx.method !== 'POST' || (authorization === undefined && readCookie(cookie) !== null)) return false
      // An unreadable body is refused like any anonymous request.
      return documents.isPublic(queryOf(await readJson(ctx.req).catch(() => null)))
    },
  }
}
