// Documents as text with a tag, generated once for all callers who get the same. Equal workspaces and keys
// share one; the cache is bounded by size. Made in slices, between which others are served. Addresses are
// inserted per request.

import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import type { CacheBudget } from '../cache/budget.ts'
import { createQueue } from '../slices/queue.ts'
import { writeJsonInSlices } from '../slices/writeJson.ts'
import { type DocumentedApi, type DocumentParts, documentOf, OPENAPI_VERSION } from './base.ts'

export interface OpenApiDocument {
  /** The JSON of everything after version and servers, without the opening brace, in UTF-8. */
  readonly rest: Buffer
  readonly digest: string
}

export interface Served {
  readonly body: () => Buffer
  /** Weak (RFC 9110 §8.8.1): the same whether the body is compressed or not. */
  readonly etag: string
}

const PATHS: Readonly<Record<DocumentedApi, string>> = { core: '/rest', metadata: '/rest/metadata' }

const digestOf = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('base64url').slice(0, 22)
}

export const writeDocument = async (
  subject: DocumentedApi,
  parts: DocumentParts,
): Promise<OpenApiDocument> => {
  const written = await writeJsonInSlices(await documentOf(subject, parts))
  await turn()
  const rest = written.subarray(1)
  return { rest, digest: digestOf(rest) }
}

/** @param origin public scheme and host, without a path */
export const serve = (subject: DocumentedApi, { rest, digest }: OpenApiDocument, origin: string): Served => {
  const url = origin + PATHS[subject]
  const head = `{"openapi":"${OPENAPI_VERSION}","servers":${JSON.stringify([{ url }])},`
  return { body: () => Buffer.concat([Buffer.from(head), rest]), etag: `W/"${digestOf(digest, url)}"` }
}

const BYTES_PER_DOCUMENT = 500

interface OpenApiDocuments {
  /** @param key everything that the document depends on */
  readonly of: (
    subject: DocumentedApi,
    key: readonly string[],
    describe: () => DocumentParts | Promise<DocumentParts>,
  ) => Promise<OpenApiDocument>
}

export const createOpenApiDocuments = (budget: CacheBudget): OpenApiDocuments => {
  const documents = budget.open<string, OpenApiDocument>({ name: 'OpenAPI documents' })
  const beingMade = new Map<string, Promise<OpenApiDocument>>()
  const queue = createQueue()
  return {
    of: async (subject, key, describe) => {
      const name = JSON.stringify([subject, ...key])
      const known = documents.get(name) ?? beingMade.get(name)
      if (known !== undefined) return known
      const make = async (): Promise<OpenApiDocument> => {
        const document = await writeDocument(subject, await describe())
        documents.set(name, document, BYTES_PER_DOCUMENT + name.length + document.rest.length)
        return document
      }
      const made = queue(make).finally(() => beingMade.delete(name))
      beingMade.set(name, made)
      return made
    },
  }
}
