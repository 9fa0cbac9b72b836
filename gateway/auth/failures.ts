// Rate limit on failed authentication: passes on the result of an attempt, or its 401, or the 429 of an
// address with too many failures. Only failures count and only failures are refused: an attacker cannot lock
// out the keys behind the same proxy, and a sign-in that succeeds is never refused.

import type { FailureKind } from '../../tenants/audit/failures.ts'
import { hashOfSecret } from '../../tenants/operator.ts'
import { Problem } from '../error/problem.ts'
import type { Context } from '../http/context.ts'
import type { Throttle } from '../limits/throttle.ts'
import { ADDRESS_NOT_ALLOWED } from './networks.ts'

/** Names a sign-in link without revealing its secret. */
export const linkNameOf = (secret: string): string => hashOfSecret(secret).toString('base64')

/**
 * Counts a failed attempt, or one with a credential that is bound to other networks; returns the 429 of its
 * address or its link, or the error itself.
 */
export const countFailure = async (
  throttle: Pick<Throttle, 'fail'>,
  ctx: Context,
  error: unknown,
  kind: FailureKind = 'token',
): Promise<unknown> => {
  if (!(error instanceof Problem)) return error
  const isElsewhere = error.options.subCode === ADDRESS_NOT_ALLOWED
  if (error.code !== 'UNAUTHENTICATED' && !isElsewhere) return error
  return (await throttle.fail(ctx.ip, isElsewhere ? 'address' : kind, ctx.state.signInLink)) ?? error
}

export const countingFailures = async <T>(
  throttle: Pick<Throttle, 'fail'>,
  ctx: Context,
  attempt: (ctx: Context) => Promise<T>,
  kind?: FailureKind,
): Promise<T> => {
  try {
    return await attempt(ctx)
  } catch (error) {
    throw await countFailure(throttle, ctx, error, kind)
  }
}
