// What becomes of a failure to authenticate. In: an attempt; out: its result, or its 401, or the 429 of an
// address that fails too often. Only failures count and only failures are refused: a stranger cannot lock out
// the keys behind the same proxy.

import { Problem } from '../error/problem.ts'
import type { Context } from '../http/context.ts'
import type { Throttle } from '../limits/throttle.ts'

/** Counts what an attempt threw; the 429 of its address, or the error itself. */
export const countFailure = async (
  throttle: Pick<Throttle, 'fail'>,
  ctx: Context,
  error: unknown,
): Promise<unknown> => {
  if (!(error instanceof Problem) || error.code !== 'UNAUTHENTICATED') return error
  return (await throttle.fail(ctx.ip)) ?? error
}

export const countingFailures = async <T>(
  throttle: Pick<Throttle, 'fail'>,
  ctx: Context,
  attempt: (ctx: Context) => Promise<T>,
): Promise<T> => {
  try {
    return await attempt(ctx)
  } catch (error) {
    throw await countFailure(throttle, ctx, error)
  }
}
