// The public keys that tokens can be verified with, for whoever wants to verify one without asking us. In: a
// GET of /.well-known/jwks.json; out: a JWK set (RFC 7517 §5). Needs no key and is read from Postgres once a
// minute at most.

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
    maxEntries: 1,
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
