// The public keys for verifying tokens, as a JWK set (RFC 7517 §5) at /.well-known/jwks.json. Needs no key;
// read from Postgres at most once a minute.

import type { JWK } from 'jose'
import { createLoadingCache } from '../cache/loadingCache.ts'
import type { PublicHandler } from '../http/context.ts'

const REMEMBERED_FOR_MS = 60_000

export const answerJwks = (
  read: () => Promise<{ readonly keys: readonly JWK[] }>,
  clock: () => number = Date.now,
): PublicHandler => {
  const texts = createLoadingCache<string>({
    load: async () => JSON.stringify(await read()),
    cache: { name: 'key set' },
    bytesOf: (text) => text.length,
    maxAgeMs: REMEMBERED_FOR_MS,
    clock,
  })
  return async (ctx) => {
    const text = await texts.get('')
    ctx.type = 'application/jwk-set+json'
    ctx.set('cache-control', 'public, max-age=60')
    ctx.body = text
  }
}
