// Messages of the protocol graphql-transport-ws, and the codes that a socket is closed with.

import { CloseCode, type Message, validateMessage } from 'graphql-ws'
import { type Problem, problemOf, toGraphQLBody } from '../../error/problem.ts'
import { parseJson } from '../../http/body.ts'
import { quoteJson } from '../../records/select/json.ts'
import { DocumentErrors } from '../document.ts'
import { formattedErrors } from '../graphqlAnswer.ts'
import type { ResultForm } from '../subscribe.ts'

/** Codes of RFC 6455 and IANA, after which clients connect again. */
export const GOING_AWAY = 1001
export const TRY_AGAIN = 1013

/** RFC 6455 §5.5: a control frame holds 125 bytes, two of them the code. */
const MAX_REASON_BYTES = 123

/** Throws if it is not a message of the protocol. */
export const readMessage = (text: string): Message => validateMessage(parseJson(text, 'The message', true))

/** Shared by all subscribers of a batch; `nextOf` adds the id of the subscription. */
export const NEXT: ResultForm = {
  name: 'WebSocket',
  write: (_position, result) => `"type":"next","payload":${result}}`,
}

export const nextOf = (id: string, event: string): string => `{"id":${quoteJson(id)},${event}`

/** @param error a Problem or an internal error */
export const errorOf = (id: string, error: unknown): string => {
  const payload =
    error instanceof DocumentErrors ? formattedErrors(error) : toGraphQLBody(problemOf(error)).errors
  return JSON.stringify({ id, type: 'error', payload })
}

/** For a refused `connection_init`. The client of `graphql-ws` connects again after 1013 and 4403. */
export const closeCodeOf = ({ status }: Problem): number => {
  if (status === 401) return CloseCode.Unauthorized
  if (status === 429 || status === 503) return TRY_AGAIN
  return status < 500 ? CloseCode.Forbidden : CloseCode.InternalServerError
}

export const closeReason = (text: string): string => {
  const bytes = Buffer.from(text)
  if (bytes.length <= MAX_REASON_BYTES) return text
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES - 3)).replace(/\uFFFD$/, '')
}
