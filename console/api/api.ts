// HTTP client of the console: returns the parsed answer or throws a Failure. The browser sends the session
// cookie; this adds the CSRF token, which a page of another origin cannot know.

import type { Document, VariablesOf } from './document.ts'
import { Failure, failureOfAnswer, unreachable } from './failure.ts'
import { type JsonObject, parseExact } from './json.ts'

interface GraphQLAnswer<Data> {
  readonly data: Data
  readonly extensions: JsonObject
}

export interface Api {
  /** POST /metadata. */
  readonly metadata: <Data, Variables>(
    document: Document<Data, Variables>,
    ...variables: VariablesOf<Variables>
  ) => Promise<Data>
  /** The same with `extensions`, where a dry run reports its plan. */
  readonly metadataAnswer: <Data, Variables>(
    document: Document<Data, Variables>,
    variables: Variables,
  ) => Promise<GraphQLAnswer<Data>>
  /** Any JSON endpoint; null for an answer without a body. Trusts the caller's type. */
  readonly rest: <Body>(method: string, path: string, body?: unknown) => Promise<Body>
  /** GET of records: numbers that a double would change are ExactNumber. */
  readonly records: <Body>(path: string) => Promise<Body>
}

interface ApiOptions {
  /** Null without a session. */
  readonly csrfToken: () => string | null
  /** The session expired; called in addition to the thrown Failure. */
  readonly onSignedOut: () => void
}

const retryAfterOf = (response: Response): number | undefined => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds : undefined
}

const bodyOf = async (response: Response, parse: (text: string) => unknown): Promise<unknown> => {
  const text = await response.text()
  if (text === '') return null
  try {
    return parse(text)
  } catch {
    throw new Failure('The gateway returned an answer that is not JSON.', {
      status: response.status,
      code: 'UNKNOWN',
      hint: 'A proxy in front of the gateway may have answered instead.',
    })
  }
}

export const createApi = ({ csrfToken, onSignedOut }: ApiOptions): Api => {
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    parse: (text: string) => unknown = JSON.parse,
  ): Promise<unknown> => {
    const token = csrfToken()
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      redirect: 'error',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === null ? {} : { 'x-csrf-token': token }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw unreachable()
    })
    const answer = await bodyOf(response, parse)
    const failure = failureOfAnswer(response.status, answer, retryAfterOf(response))
    if (failure === null) return answer
    if (failure.status === 401) onSignedOut()
    throw failure
  }

  const ask = async <Data, Variables>({ text }: Document<Data, Variables>, variables?: Variables) => {
    const answer = (await send('POST', '/metadata', { query: text, variables })) as {
      readonly data: Data
      readonly extensions?: JsonObject
    }
    return { data: answer.data, extensions: answer.extensions ?? {} }
  }

  return {
    metadata: async (document, ...[variables]) => (await ask(document, variables)).data,
    metadataAnswer: ask,
    rest: async <Body>(method: string, path: string, body?: unknown) =>
      (await send(method, path, body)) as Body,
    records: async <Body>(path: string) => (await send('GET', path, undefined, parseExact)) as Body,
  }
}
