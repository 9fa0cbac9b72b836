// Runs a valid document. In: the document, its shape and who asks; out: `data` as JSON text and the errors. Every statement of
// the plan is one round trip in the caller's session; what only reads may be sent twice, what writes never.

import type { PgClient } from 'postgraphile/@dataplan/pg'
import { execute } from 'postgraphile/grafast'
import type { DocumentNode, GraphQLError } from 'postgraphile/graphql'
import type { Lanes, Session } from '../../sql/pipeline/pool.ts'
import type { Model } from '../../tenants/model/model.ts'
import type { RunWrite } from '../records/write/run.ts'
import type { CompiledShape } from '../shape/compile.ts'
import type { PlanContext } from '../shape/planContext.ts'
import { type DirectPlan, planDirectly } from './direct/plan.ts'
import { isReading } from './operation.ts'
import { createPermits, refusalOf, withRefused } from './permitted.ts'
import type { GraphQLRequest } from './request.ts'

export interface Executed {
  /** JSON; undefined where execution did not begin. */
  readonly data: string | undefined
  readonly errors: readonly GraphQLError[]
}

export interface Execution {
  readonly lanes: Lanes
  readonly session: Session
  /** The data model as the caller's role sees it. */
  readonly model: Model
  readonly write: RunWrite
  readonly author: PlanContext['author']
  readonly maxBatchRecords: number
}

const clientOf = (lanes: Lanes, session: Session, retryable: boolean): PgClient => {
  const client: PgClient = {
    query: async <Row>({ text, values = [], name }: { text: string; values?: unknown[]; name?: string }) => {
      const texts = values.map((value) => (value === null || value === undefined ? null : String(value)))
      const rows = await lanes.run(
        session,
        { text, values: texts, ...(name === undefined ? {} : { name }) },
        { retryable },
      )
      // PostGraphile asks for rows as arrays, which lanes give.
      return { rows: rows as readonly Row[], rowCount: rows.length }
    },
    // One statement is one transaction already.
    withTransaction: (callback) => callback(client),
  }
  return client
}

/** Plans by document and operation: a document is one object for as long as its shape is known. */
const createDirectPlans = () => {
  const plans = new WeakMap<DocumentNode, Map<string | undefined, DirectPlan | null>>()
  return (
    document: DocumentNode,
    operationName: string | undefined,
    shape: CompiledShape,
    model: Model,
  ): DirectPlan | null => {
    const known = plans.get(document) ?? new Map<string | undefined, DirectPlan | null>()
    plans.set(document, known)
    let plan = known.get(operationName)
    if (plan === undefined) {
      plan = planDirectly(document, operationName, shape, model)
      known.set(operationName, plan)
    }
    return plan
  }
}

const executeByGrafast = async (
  document: DocumentNode,
  { schema, resolvedPreset }: CompiledShape,
  { variables, operationName }: GraphQLRequest,
  contextValue: PlanContext,
): Promise<Executed> => {
  const result = await execute({
    schema,
    document,
    contextValue,
    variableValues: variables,
    operationName,
    resolvedPreset,
    middleware: null,
    outputDataAsString: true,
  })
  if (!('data' in result || 'errors' in result))
    throw new Error('A result that comes in parts was not asked for.')
  const data: unknown = 'data' in result ? result.data : undefined
  return {
    data: data === null ? 'null' : typeof data === 'string' ? data : undefined,
    errors: result.errors ?? [],
  }
}

/** Runs operations; those on records alone go without Grafast, at a fraction of the cost. */
export const createExecutor = () => {
  const directPlanOf = createDirectPlans()
  const permit = createPermits()

  const run = async (
    document: DocumentNode,
    shape: CompiledShape,
    request: GraphQLRequest,
    { lanes, session, model, write, author, maxBatchRecords }: Execution,
  ): Promise<Executed> => {
    const retryable = isReading(document, request.operationName)
    const client = clientOf(lanes, session, retryable)
    // A new context for each request: Grafast remembers results by it.
    const context: PlanContext = {
      toPostgres: async (_settings, callback) => callback(client),
      model,
      write,
      author,
      maxBatchRecords,
    }
    const plan = directPlanOf(document, request.operationName, shape, model)
    if (plan === null) return executeByGrafast(document, shape, request, context)
    return plan.execute(request.variables ?? {}, context, (statement) =>
      lanes.run(session, statement, { retryable }),
    )
  }

  return async (
    document: DocumentNode,
    shape: CompiledShape,
    request: GraphQLRequest,
    execution: Execution,
  ): Promise<Executed> => {
    const { document: rest, refused } = permit(document, request.operationName, shape, execution.model)
    const { data, errors } =
      rest === null ? { data: '{}', errors: [] } : await run(rest, shape, request, execution)
    if (data === undefined || refused.length === 0) return { data, errors }
    return { data: withRefused(data, refused), errors: [...refused.map(refusalOf), ...errors] }
  }
}
