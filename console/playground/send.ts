// The fetch of the playgrounds: sends as the session or, if one was chosen, with an API key alone. Refuses
// other origins.

import type { PlaygroundKey } from '../api/playgroundKey.ts'

export interface Credentials {
  readonly csrfToken: string
  readonly key: PlaygroundKey | null
}

export type Send = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>

/** `Bearer` without a token or with the placeholder of the documents is not a credential. */
const isTyped = (authorization: string | null): authorization is string =>
  authorization !== null && /^Bearer\s+[\w-]+\.[\w-]+\.[\w-]+$/i.test(authorization)

export const createSend =
  ({ csrfToken, key }: Credentials): Send =>
  async (input, init) => {
    const request = new Request(input, init)
    if (new URL(request.url).origin !== window.location.origin)
      throw new TypeError(
        `The playground sends requests only to ${window.location.origin}, not to ${request.url}.`,
      )
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
