// Cache of gzip bodies (RFC 1952), by tag. A document of a hundred objects is megabytes of repetitive text,
// and shrinks to a fortieth.

import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { LRUCache } from 'lru-cache'

const compress = promisify(gzip)

export type Compress = (etag: string, body: () => Buffer) => Promise<Buffer>

export const createCompressor = (maxBytes: number): Compress => {
  const compressed = new LRUCache<string, Buffer>({
    maxSize: maxBytes,
    sizeCalculation: ({ length }) => length,
  })
  return async (etag, body) => {
    const known = compressed.get(etag)
    if (known !== undefined) return known
    const bytes = await compress(body())
    compressed.set(etag, bytes)
    return bytes
  }
}
