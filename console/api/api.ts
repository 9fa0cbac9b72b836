// The console's way to the gateway. In: what is asked; out: the parsed answer, or a Failure. The cookie of
// the session travels by itself; what a page of another origin could not send, the token against forged
// requests, is added here. Not decided here: what is asked (the pages), who is signed in (session/).

import { Failure, failureOfAnswer, unreachable } from './failure.ts'

export type Variables = Readonly<Record<string, unknown>>

export interface GraphQLAnswer<Data> {
  readonly data: Data
  readonly extensions: Readonly<Record<string, unknown>>
}

export interface Api {
  /** Asks /metadata. The type says what the query selects: outside data enters here. */
  readonly metadata: <Data>(query: string, variables?: Variables) => Promise<Data>
  /** The same with `extensions`, which hold what a dry run would do. */
  readonly metadataAnswer: <Data>(query: string, variables?: Variables) => Promise<GraphQLAnswer<Data>>
  /** Asks /graphql, the records. */
  readonly graphql: <Data>(query: string, variables?: Variables) => Promise<Data>
  /** Any path of the gateway that speaks JSON; null for an answer without a body. */
  readonly rest: <Body>(method: string, path: string, body?: unknown) => Promise<Body>
}

export interface ApiOptions {
  /** Of the session, or null while there is none. */
  readonly csrfToken: () => string | null
  /** The session has ended; called besides the Failure that is thrown. */
  readonly onSignedOut: () => void
}

const retryAfterOf = (response: Response): number | undefined => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds : undefined
}

const bodyOf = async (response: Response): Promise<unknown> => {
  const text = await response.text()
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    throw new Failure('The gateway answered something that is not JSON.', {
      status: response.status,
      code: 'UNKNOWN',
      hint: 'A proxy in front of it may have answered in its place.',
    })
  }
}

export const createApi = ({ csrfToken, onSignedOut }: ApiOptions): Api => {
  const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
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
    const answer = await bodyOf(response)
    const failure = failureOfAnswer(response.status, answer, retryAfterOf(response))
    if (failure === null) return answer
    if (failure.status === 401) onSignedOut()
    throw failure
  }

  const ask = async <Data>(path: string, query: string, variables?: Variables) => {
    const answer = (await send('POST', path, { query, variables })) as {
      readonly data: Data
      readonly extensions?: Readonly<Record<string, unknown>>
    }
    return { data: answer.data, extensions: answer.extensions ?? {} }
  }

  return {
    metadata: async <Data>(query: string, variables?: Variables) =>
      (await ask<Data>('/metadata', query, variables)).data,
    metadataAnswer: (query, variables) => ask('/metadata', query, variables),
    graphql: async <Data>(query: string, variables?: Variables) =>
      (await ask<Data>('/graphql', query, variables)).data,
    rest: async <Body>(method: string, path: string, body?: unknown) =>
      (await send(method, path, body)) as Body,
  }
}
