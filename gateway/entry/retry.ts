// Retries a failed request if the data model changed under it: for example a column was dropped between
// reading the model and running the statement. The handler reports whether it has written (`hasWritten`); it
// is called again with the current model, provided nothing was written. If the model is unchanged, the error
// is returned. An unknown name may be brand-new: before it is reported, one small query checks whether this
// gateway missed a change.

import type { IncomingMessage } from 'node:http'
import type { Caller } from '../auth/caller.ts'
import { problemOf } from '../error/problem.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context } from '../http/context.ts'
import type { Retry } from './authorise.ts'
import type { RequestContext } from './requestContext.ts'

interface RetryOptions<Compiled> {
  readonly open: (caller: Caller, requestId: string) => Promise<RequestContext<Compiled>>
  /** Makes the next `open` reload the workspace. */
  readonly forget: (workspaceId: string) => void
  /** Whether the model has changed since the workspace was read. */
  readonly isOutdated: (workspace: RequestContext<Compiled>['workspace']) => Promise<boolean>
}

/** Maximum number of successive changes that one request survives. */
const MAX_ATTEMPTS = 4

const NOT_FOUND = new Set([
  'OBJECT_NOT_FOUND',
  'OBJECT_METADATA_NOT_FOUND',
  'FIELD_METADATA_NOT_FOUND',
  'FUNCTION_NAMES_NOTHING',
])

export const createRetry =
  <Compiled>({ open, forget, isOutdated }: RetryOptions<Compiled>): Retry<RequestContext<Compiled>> =>
  async (handle, ctx, first, failure) => {
    let requestContext = first
    let error = failure
    const isModelChanged = async (): Promise<boolean> => {
      const { subCode = '', isUnknownName = NOT_FOUND.has(subCode) } = problemOf(error).options
      return subCode === 'MODEL_CHANGED' || (isUnknownName && (await isOutdated(requestContext.workspace)))
    }
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (ctx.state.hasWritten || !(await isModelChanged())) throw error
      forget(requestContext.workspace.id)
      const { version, schemaVersion } = requestContext.workspace
      requestContext = await open(requestContext.caller, ctx.state.requestId)
      if (
        requestContext.workspace.version === version &&
        requestContext.workspace.schemaVersion === schemaVersion
      )
        throw error
      try {
        await handle(ctx, requestContext)
        return
      } catch (again) {
        error = again
      }
    }
    throw error
  }

/** The outcome of a request: an answer, or a thrown error. */
export type RequestOutcome<Answer> = { readonly answer: Answer } | { readonly error: unknown }

/**
 * Calls again if something was unknown or missing, and the model has changed since it was read. One small
 * query for each such failure.
 * @param isUnknown recognises these outcomes; they must have had no effect
 */
export const createSecondLook =
  <Compiled>({ open, forget, isOutdated }: RetryOptions<Compiled>) =>
  <Answer>(
    answer: (ctx: Context, requestContext: RequestContext<Compiled>) => Promise<Answer>,
    isUnknown: (outcome: RequestOutcome<Answer>) => boolean,
  ) =>
  async (ctx: Context, first: RequestContext<Compiled>): Promise<Answer> => {
    let requestContext = first
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await answer(ctx, requestContext).then(
        (given): RequestOutcome<Answer> => ({ answer: given }),
        (error: unknown): RequestOutcome<Answer> => ({ error }),
      )
      if (attempt < MAX_ATTEMPTS && isUnknown(outcome) && (await isOutdated(requestContext.workspace))) {
        forget(requestContext.workspace.id)
        requestContext = await open(requestContext.caller, ctx.state.requestId)
        continue
      }
      if ('error' in outcome) throw outcome.error
      return outcome.answer
    }
  }

export type SecondLook<Compiled> = ReturnType<typeof createSecondLook<Compiled>>

/** The body can be read from the socket only once; a retry gets the same bytes. */
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
