// Answers a request again where the data model changed under it: between reading the model and running its
// statement somebody dropped a column, say, that the statement names although the request does not. In: a
// handler that says what it has written (`hasWritten`); out: the same handler, which begins anew on the model
// as it is now, as long as nothing was left behind. Where the model is still the same, the fault lies
// elsewhere and is told. What is not found may have been made a moment ago: before that is told, one small
// query asks whether this gateway has not heard of it yet.

import type { IncomingMessage } from 'node:http'
import type { Caller } from '../auth/caller.ts'
import { problemOf } from '../error/problem.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context } from '../http/context.ts'
import type { Handler } from './authorise.ts'
import type { RequestContext } from './requestContext.ts'

export interface RetryOptions<Compiled> {
  readonly open: (caller: Caller) => Promise<RequestContext<Compiled>>
  /** Makes the next `open` read the workspace anew. */
  readonly forget: (workspaceId: string) => void
  /** Whether the model has changed since the workspace was read. */
  readonly isOutdated: (workspace: RequestContext<Compiled>['workspace']) => Promise<boolean>
}

/** Changes in a row that one request outlives. */
const MAX_ATTEMPTS = 4

const NOT_FOUND = new Set([
  'OBJECT_NOT_FOUND',
  'OBJECT_METADATA_NOT_FOUND',
  'FIELD_METADATA_NOT_FOUND',
  'FUNCTION_NAMES_NOTHING',
])

export const createRetry =
  <Compiled>({ open, forget, isOutdated }: RetryOptions<Compiled>) =>
  (handle: Handler<RequestContext<Compiled>>): Handler<RequestContext<Compiled>> =>
  async (ctx, first) => {
    let requestContext = first
    const isModelChanged = async (error: unknown): Promise<boolean> => {
      const { subCode = '', isUnknownName = NOT_FOUND.has(subCode) } = problemOf(error).options
      return subCode === 'MODEL_CHANGED' || (isUnknownName && (await isOutdated(requestContext.workspace)))
    }
    for (let attempt = 1; ; attempt += 1) {
      try {
        await handle(ctx, requestContext)
        return
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || ctx.state.hasWritten || !(await isModelChanged(error))) throw error
        forget(requestContext.workspace.id)
        const { version, schemaVersion } = requestContext.workspace
        requestContext = await open(requestContext.caller)
        if (
          requestContext.workspace.version === version &&
          requestContext.workspace.schemaVersion === schemaVersion
        )
          throw error
      }
    }
  }

/** What came of a request: an answer, or what was thrown instead. */
export type Outcome<Answer> = { readonly answer: Answer } | { readonly error: unknown }

/**
 * Answers anew where something was not known, or no longer there, and the model has changed since it was
 * read. One small query for each such failure.
 * @param isUnknown tells that by an outcome which has left nothing behind
 */
export const createSecondLook =
  <Compiled>({ open, forget, isOutdated }: RetryOptions<Compiled>) =>
  <Answer>(
    answer: (ctx: Context, requestContext: RequestContext<Compiled>) => Promise<Answer>,
    isUnknown: (outcome: Outcome<Answer>) => boolean,
  ) =>
  async (ctx: Context, first: RequestContext<Compiled>): Promise<Answer> => {
    let requestContext = first
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await answer(ctx, requestContext).then(
        (given): Outcome<Answer> => ({ answer: given }),
        (error: unknown): Outcome<Answer> => ({ error }),
      )
      if (attempt < MAX_ATTEMPTS && isUnknown(outcome) && (await isOutdated(requestContext.workspace))) {
        forget(requestContext.workspace.id)
        requestContext = await open(requestContext.caller)
        continue
      }
      if ('error' in outcome) throw outcome.error
      return outcome.answer
    }
  }

export type SecondLook<Compiled> = ReturnType<typeof createSecondLook<Compiled>>

/** A body comes over the wire once; who begins anew is given it again. */
export const readOnce = (readJson: ReadJson): ReadJson => {
  const bodies = new WeakMap<IncomingMessage, Promise<unknown>>()
  return (request) => {
    const known = bodies.get(request)
    if (known !== undefined) return known
    const body = readJson(request)
    bodies.set(request, body)
    return body
  }
}
