// Executes a valid document: `data` as JSON text and the errors, each at the path of its field. Root fields
// of a query run in parallel, those of a mutation one after the other.

import { type DocumentNode, GraphQLError, getOperationAST, getVariableValues } from 'postgraphile/graphql'
import type { CountMode } from '../../tenants/model/countMode.ts'
import type { Model } from '../../tenants/model/model.ts'
import { Problem, problemOf } from '../error/problem.ts'
import type { ErrorNames } from '../error/sqlstate.ts'
import type { Past } from '../records/recordHistory.ts'
import { quoteJson } from '../records/select/json.ts'
import type { ListStatements } from '../records/select/listStatements.ts'
import type { Runner } from '../records/write/answered.ts'
import type { WriteContext } from '../records/write/writeOperation.ts'
import { type JsonText, joinTexts } from '../slices/bytes.ts'
import { createQueue } from '../slices/queue.ts'
import type { GraphQLRequest } from './graphqlRequest.ts'
import { introspect } from './introspect.ts'
import { createPlans, type PlannedRoot, type Plans } from './plan.ts'
import type { CompiledSchema } from './schema/compile.ts'
import type { Selected } from './select/collect.ts'

export interface Executed {
  /** JSON; undefined if execution did not begin. */
  readonly data: JsonText | undefined
  readonly errors: readonly GraphQLError[]
}

export interface ExecutionContext {
  /** Runs the statements of the root field with this key, at this index of the operation. */
  readonly runnerAt: (key: string, index: number) => Runner
  /** The data model as the caller's role sees it. */
  readonly model: Model
  readonly past: Past
  readonly author: WriteContext['author']
  readonly maxBatchRecords: number
  readonly count: CountMode
  /** The schema for introspection by this role: only what the role may use. */
  readonly shownSchema: () => Promise<CompiledSchema>
}

const errorAt = (error: unknown, { key, node }: Selected, index?: number): GraphQLError =>
  new GraphQLError(error instanceof Error ? error.message : String(error), {
    nodes: node,
    path: index === undefined ? [key] : [key, index],
    originalError: error instanceof Error ? error : new Error(String(error)),
  })

/** Root fields of a mutation run one after the other (GraphQL specification §6.2.2). */
const inTurn = async <T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> => {
  const results: R[] = []
  for (const [index, item] of items.entries()) results.push(await work(item, index))
  return results
}

type Executor = (
  document: DocumentNode,
  compiled: CompiledSchema,
  request: GraphQLRequest,
  caller: ExecutionContext,
) => Promise<Executed>

/**
 * The problem of an error. Before execution GraphQL itself reports faults of variables, in words for the
 * caller. During execution, an error of its own means that a value did not fit the schema, which is an
 * internal error.
 */
export const problemIn = (error: GraphQLError, names: ErrorNames, isExecuted: boolean): Problem => {
  const { originalError } = error
  if (!isExecuted && (originalError === undefined || originalError instanceof GraphQLError))
    return new Problem('BAD_USER_INPUT', error.message)
  return problemOf(originalError ?? error, names)
}

/** Runs the work within a span of the operation. */
export type TraceOperation = <T>(
  operation: { readonly type: string; readonly name: string | undefined },
  work: () => Promise<T>,
) => Promise<T>

export const tracedExecutor =
  (execute: Executor, trace: TraceOperation): Executor =>
  (document, compiled, request, caller) => {
    const work = () => execute(document, compiled, request, caller)
    const operation = getOperationAST(document, request.operationName)
    return operation ? trace({ type: operation.operation, name: operation.name?.value }, work) : work()
  }

export const createExecutor = (lists: ListStatements, planOf: Plans = createPlans()): Executor => {
  const introspections = createQueue()

  return async (document, { schema }, { variables: given = {}, operationName }, caller) => {
    const operation = getOperationAST(document, operationName)
    if (!operation) return { data: undefined, errors: [] }
    const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], given)
    if (coerced.errors !== undefined) return { data: undefined, errors: coerced.errors }
    const variables = coerced.coerced
    const { runnerAt, model, past, author, maxBatchRecords, count } = caller
    const execution = { past, context: { model, author, maxBatchRecords }, variables, count, lists }
    const { isMutation, roots } = planOf({ schema, model, document, operation }, variables)
    const errors: GraphQLError[] = []

    const answer = async (root: PlannedRoot, at: number): Promise<JsonText> => {
      const { selected } = root
      try {
        switch (root.kind) {
          case 'constant':
            return root.json
          case 'introspection':
            return await introspections(async () =>
              introspect(await caller.shownSchema(), { document, operation, selected }, given),
            )
          case 'refused':
            throw root.problem
          case 'changes':
            throw new Error('A subscription is not executed.')
          case 'answered':
            return await root.answer({ ...execution, ...runnerAt(selected.key, at) }, ({ index, error }) => {
              errors.push(errorAt(error, selected, index))
            })
        }
      } catch (error) {
        errors.push(errorAt(error, selected))
        return 'null'
      }
    }

    const values = isMutation ? await inTurn(roots, answer) : await Promise.all(roots.map(answer))
    const fields = roots.flatMap(({ selected }, index) => [
      `${index === 0 ? '{' : ','}${quoteJson(selected.key)}:`,
      values[index] ?? 'null',
    ])
    return { data: joinTexts(roots.length === 0 ? ['{}'] : [...fields, '}']), errors }
  }
}
