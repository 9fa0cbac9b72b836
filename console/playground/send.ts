// The fetch of the playgrounds. In: a request that somebody composed in one of them; out: the gateway's
// answer to it, asked as the session or, where a key was handed over, with that key alone. Requests to other
// origins are refused before they are made.

import type { PlaygroundKey } from '../api/playgroundKey.ts'

export interface Credentials {
  readonly csrfToken: string
  readonly key: PlaygroundKey | null
}

export type Send = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>

/** `Bearer` without a token, or with the placeholder that documents carry, is no credential. */
const isTyped = (authorization: string | null): authorization is string =>
  authorization !== null && /^Bearer\s+[\w-]+\.[\w-]+\.[\w-]+$/i.test(authorization)

export const createSend =
  ({ csrfToken, key }: Credentials): Send =>
  async (input, init) => {
    const request = new Request(input, init)
    if (new URL(request.url).origin !== window.location.origin)
      throw new TypeError(`The playground speaks to ${window.location.origin} alone, not to ${request.url}.`)
    const headers = new Headers(request.headers)
    const typed = headers.get('authorization')
    const isKeyed = key !== null || isTyped(typed)
    headers.delete('authorization')
    if (key !== null) headers.set('authorization', `Bearer ${key.token}`)
    else if (isTyped(typed)) headers.set('authorization', typed)
    else headers.set('x-csrf-token', csrfToken)
    return fetch(
      new Request(request, { headers, credentials: isKeyed ? 'omit' : 'same-origin', redirect: 'error' }),
    )
  }
