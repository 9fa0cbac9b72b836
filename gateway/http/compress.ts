// Cache of gzip bodies (RFC 1952), by tag. A document of a hundred objects is megabytes of repetitive text,
// and shrinks to a fortieth.

import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import type { CacheBudget } from '../cache/budget.ts'

const BYTES_PER_BODY = 500

type Compress = (etag: string, body: readonly Buffer[]) => Promise<Buffer>

export const createCompressor = (budget: CacheBudget): Compress => {
  const compressed = budget.open<string, Buffer>({ name: 'compressed OpenAPI documents' })
  return async (etag, body) => {
    const known = compressed.get(etag)
    if (known !== undefined) return known
    const bytes = await buffer(Readable.from(body).pipe(createGzip()))
    compressed.set(etag, bytes, BYTES_PER_BODY + bytes.length)
    return bytes
  }
}
