// Subscriptions: from a document to a stream of changes. Each batch is planned again, with the model and the
// rights that the caller has then; plans are cached.

import { getVariableValues } from 'postgraphile/graphql'
import type { FeedPosition } from '../../tenants/changes/feed.ts'
import type { ReadEvents } from '../changes/batches.ts'
import { knownWord } from '../changes/changesRequest.ts'
import { CHANGE_OPERATIONS } from '../changes/entry.ts'
import type { Feed } from '../changes/feed.ts'
import type { ChangeQuery } from '../changes/read.ts'
import type { StreamRequest } from '../changes/stream.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { badInput, Problem } from '../error/problem.ts'
import { createParams } from '../records/params.ts'
import { compileFilter } from '../records/read/filter.ts'
import { type Arguments, createRun } from '../records/run.ts'
import { quoteJson } from '../records/select/json.ts'
import type { SchemaVersions } from '../workspace/schemaVersions.ts'
import type { ChangesField } from './changesField.ts'
import { DocumentErrors, type GraphQLDocuments } from './document.ts'
import type { GraphQLRequest } from './graphqlRequest.ts'
import { subscriptionOf } from './operation.ts'
import type { Plans } from './plan.ts'
import type { CompiledSchema } from './schema/compile.ts'
import { variablesOf } from './variables.ts'

interface SubscribeOptions {
  readonly feed: Feed
  readonly prepare: GraphQLDocuments['prepare']
  readonly planOf: Plans
  readonly schemaVersions: Pick<SchemaVersions<CompiledSchema>, 'of'>
}

/** How a protocol sends a result; `name` distinguishes it. */
export interface ResultForm {
  readonly name: string
  readonly write: (position: string, result: string) => string
}

interface Subscription extends Pick<StreamRequest, 'read' | 'queryText' | 'position'> {
  /** Rejects with a Problem if the caller could not subscribe in this context. */
  readonly check: (context: RequestContext<unknown>) => Promise<unknown>
}

/** Throws Problem. @param lastId a position that precedes the one of the arguments */
export type Subscribe = (
  context: RequestContext<unknown>,
  request: GraphQLRequest,
  form: ResultForm,
  lastId?: string,
) => Promise<Subscription>

interface PlannedChanges {
  /** Name in the answer. */
  readonly key: string
  readonly changes: ChangesField
  readonly given: Arguments
  readonly query: ChangeQuery
}

const queryOf = ({ object, sides }: ChangesField, given: Arguments, variables: Arguments): ChangeQuery => {
  const { operations } = given
  return {
    objects: new Set([object.nameSingular]),
    operations: Array.isArray(operations)
      ? new Set(operations.map((word) => knownWord('the operations', CHANGE_OPERATIONS, String(word))))
      : null,
    sides: sides.map(({ side, selection }) => ({ side, selectionOf: () => selection })),
    filter: given.filter,
    variables,
  }
}

const createPlanner =
  ({ prepare, planOf, schemaVersions }: Omit<SubscribeOptions, 'feed'>) =>
  async (context: RequestContext<unknown>, request: GraphQLRequest): Promise<PlannedChanges> => {
    const { model, workspace } = context
    const compiled = await schemaVersions.of(workspace.schemaVersion.model).compiled()
    const { schema } = compiled
    const document = prepare(request.query, compiled)
    const operation = subscriptionOf(document, request.operationName)
    const variables = getVariableValues(
      schema,
      operation.variableDefinitions ?? [],
      variablesOf(document, compiled, request),
    )
    if (variables.errors !== undefined) throw badInput(variables.errors[0]?.message ?? '')
    const [root] = planOf({ schema, model, document, operation }, variables.coerced).roots
    if (root?.kind === 'refused') throw root.problem
    if (root?.kind !== 'changes')
      throw badInput('A subscription must select the changes to exactly one object')
    const { changes, selected } = root
    const given = changes.read(createRun(createParams(), variables.coerced))
    return { key: selected.key, changes, given, query: queryOf(changes, given, variables.coerced) }
  }

/** The document fitted the model when the subscription began. */
const modelChanged = (cause: unknown): unknown =>
  cause instanceof DocumentErrors
    ? new Problem('CONFLICT', 'The data model has changed, and the subscription is no longer valid.', {
        subCode: 'MODEL_CHANGED',
        cause,
      })
    : cause

export const createSubscribe = ({ feed, ...options }: SubscribeOptions): Subscribe => {
  const plan = createPlanner(options)

  return async (context, request, form, lastId) => {
    const { key, changes, given, query } = await plan(context, request)
    // Values of a filter are only checked when it is compiled.
    compileFilter(createParams(), context.model, changes.object, 't', query.filter)
    const { id: workspaceId } = context.workspace
    const after = lastId ?? (typeof given.after === 'string' ? given.after : undefined)
    const idOf = (position: FeedPosition): string => feed.positions.write(workspaceId, position)
    const check = (now: RequestContext<unknown>): Promise<PlannedChanges> =>
      plan(now, request).catch((error: unknown) => {
        throw modelChanged(error)
      })
    const read: ReadEvents = async (now, position, limit) => {
      const planned = await check(now)
      const page = await feed.read(now, planned.query, position, limit)
      if (page === null) return null
      const events = page.entries.map(({ entry, records, position: at }) => {
        const id = idOf(at)
        const value = planned.changes.write({ ...entry, records, position: id })
        return form.write(id, `{"data":{${quoteJson(key)}:${value}}}`)
      })
      return { events, end: page.end, hasMore: page.hasMore }
    }
    return {
      read,
      check,
      queryText: JSON.stringify([form.name, request.query, request.operationName, request.variables]),
      position: await feed.positionOf(workspaceId, after),
    }
  }
}
