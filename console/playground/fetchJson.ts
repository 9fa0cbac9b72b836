// Fetches JSON for a playground; throws a Failure with the gateway's message.

import { Failure, failureOfAnswer, unreachable } from '../api/failure.ts'
import type { Send } from './send.ts'

export const fetchJson = async (send: Send, path: string, body?: unknown): Promise<unknown> => {
  const response = await send(path, {
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw cause instanceof TypeError && cause.message.startsWith('The playground') ? cause : unreachable()
  })
  const answer: unknown = await response.json().catch(() => null)
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const failure = failureOfAnswer(response.status, answer, Number.isFinite(seconds) ? seconds : undefined)
  if (failure?.status === 401)
    throw new Failure(`The gateway rejected this caller: ${failure.message}.`, {
      status: 401,
      code: failure.code,
      hint: 'Use another key, or go back to your session. If the session expired, reload the page.',
    })
  if (failure !== null) throw failure
  return answer
}
