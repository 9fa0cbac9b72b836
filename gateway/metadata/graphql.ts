// /metadata: read → parse and validate → execute → answer. In: an admitted GET or POST; out: status and body, in the words of /graphql.
// Mutations of one document run one after the other, each a transaction of its own; dry runs are told in `extensions.dryRun`.

import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
} from 'postgraphile/graphql'
import type { ChangePlan } from '../../tenants/model/metadata.ts'
import type { Opened } from '../entry/requestContext.ts'
import type { SecondLook } from '../entry/retry.ts'
import { Problem, toGraphQLError } from '../error/problem.ts'
import { type Answer, handlerOf, isUnknown, placeOf } from '../graphql/answer.ts'
import { explainingMissing, prepareDocument } from '../graphql/document.ts'
import { isReading, refuseUnsafe } from '../graphql/operation.ts'
import { type GraphQLRequest, readRequest } from '../graphql/request.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context } from '../http/context.ts'
import { leftOut } from '../leftOut.ts'
import { createContext, type MetadataContext, type Readers } from './context.ts'
import { metadataProblemOf } from './model/fault.ts'

export interface MetadataGraphQLOptions {
  readonly schema: GraphQLSchema
  readonly readers: Readers
  readonly readJson: ReadJson
  readonly log: Logger
  /** For what the model may have by now. */
  readonly secondLook: SecondLook<unknown>
}

/** Of all valid documents together. */
const KEPT_CHARACTERS = 1_000_000

const planOf = (plans: readonly ChangePlan[]): ChangePlan => ({
  statements: plans.flatMap(({ statements }) => statements),
  locks: plans.flatMap(({ locks }) => locks),
  rows: plans.flatMap(({ rows }) => rows),
})

const isNotFound = ({ originalError }: GraphQLError): boolean =>
  originalError instanceof Problem && originalError.code === 'NOT_FOUND'

const createDocuments = (schema: GraphQLSchema): ((text: string) => DocumentNode) => {
  const known = new LRUCache<string, DocumentNode>({
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (_document, text) => text.length + 1,
  })
  return (text) => {
    const document = known.get(text) ?? prepareDocument(text, schema, explainingMissing(leftOut))
    known.set(text, document)
    return document
  }
}

export const createMetadataGraphQL = ({
  schema,
  readers,
  readJson,
  log,
  secondLook,
}: MetadataGraphQLOptions) => {
  const documentOf = createDocuments(schema)

  /** Without an original error it is GraphQL's own: about variables, before anything ran. */
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

  const answerOf = (
    ctx: Context,
    { data, errors = [] }: ExecutionResult,
    { dryRuns }: MetadataContext,
  ): Answer => {
    const isExecuted = data !== undefined
    const told = errors.map((error) => {
      const { message, extensions } = toGraphQLError(problemOf(ctx, error, isExecuted))
      return { message, ...placeOf(error), extensions }
    })
    const body = {
      ...(told.length === 0 ? {} : { errors: told }),
      ...(isExecuted ? { data } : {}),
      ...(dryRuns.length === 0 ? {} : { extensions: { dryRun: planOf(dryRuns) } }),
    }
    return { status: isExecuted ? 200 : 400, body: JSON.stringify(body), isUnknown: errors.some(isNotFound) }
  }

  const answer = async (
    ctx: Context,
    opened: Opened<unknown>,
    { query, variables, operationName }: GraphQLRequest,
  ): Promise<Answer> => {
    const document = documentOf(query)
    refuseUnsafe(ctx.method, document, operationName)
    const isRead = isReading(document, operationName)
    const contextValue = createContext(opened, `${ctx.protocol}://${ctx.host}`, readers)
    const result = await execute({
      schema,
      document,
      contextValue,
      variableValues: variables ?? {},
      operationName: operationName ?? null,
    })
    const told = answerOf(ctx, result, contextValue)
    // A change reads the model as it is; what it does not find is not there.
    return { ...told, isUnknown: isRead && told.isUnknown === true }
  }

  return handlerOf({
    read: (ctx) => readRequest(ctx, { readJson, keepsDigits: false }),
    answer: (ctx, opened: Opened<unknown>, request: GraphQLRequest) =>
      secondLook<Answer>((again, reopened) => answer(again, reopened, request), isUnknown)(ctx, opened),
  })
}
