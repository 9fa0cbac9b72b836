// Documents as text with a tag, generated once for all callers who get the same. Equal workspaces and keys
// share one; the cache is bounded by size. Made in slices, between which others are served. Addresses are
// inserted per request.

import { createHash } from 'node:crypto'
import { createSlices, eachInSlices } from '../../tenants/model/read/slices.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { createQueue } from '../slices/queue.ts'
import { writeJsonInSlices } from '../slices/writeJson.ts'
import { type DocumentedApi, type DocumentParts, documentOf, OPENAPI_VERSION } from './base.ts'

export interface OpenApiDocument {
  /** The JSON of everything after version and servers, without the opening brace, in pieces of UTF-8. */
  readonly rest: readonly Buffer[]
  readonly digest: string
}

export interface Served {
  readonly body: readonly Buffer[]
  /** Weak (RFC 9110 §8.8.1): the same whether the body is compressed or not. */
  readonly etag: string
}

const PATHS: Readonly<Record<DocumentedApi, string>> = { core: '/rest', metadata: '/rest/metadata' }

const MAX_DIGEST_CHARACTERS = 22
/** After which a slice ends. Measured: 3 ms. */
const MAX_BYTES_HASHED = 1_000_000

const digestOf = async (pieces: readonly Buffer[]): Promise<string> => {
  const hash = createHash('sha256')
  await eachInSlices(pieces, createSlices({ maxUnits: MAX_BYTES_HASHED }), (piece) => {
    hash.update(piece)
    return piece.length
  })
  return hash.digest('base64url').slice(0, MAX_DIGEST_CHARACTERS)
}

export const writeDocument = async (
  subject: DocumentedApi,
  parts: DocumentParts,
): Promise<OpenApiDocument> => {
  const [first, ...others] = await writeJsonInSlices(await documentOf(subject, parts))
  const rest = first === undefined ? others : [first.subarray(1), ...others]
  return { rest, digest: await digestOf(rest) }
}

/** @param origin public scheme and host, without a path */
export const serve = (subject: DocumentedApi, { rest, digest }: OpenApiDocument, origin: string): Served => {
  const url = origin + PATHS[subject]
  const head = `{"openapi":"${OPENAPI_VERSION}","servers":${JSON.stringify([{ url }])},`
  const tag = createHash('sha256')
    .update(JSON.stringify([digest, url]))
    .digest('base64url')
  return { body: [Buffer.from(head), ...rest], etag: `W/"${tag.slice(0, MAX_DIGEST_CHARACTERS)}"` }
}

const BYTES_PER_DOCUMENT = 500

const bytesOf = (pieces: readonly Buffer[]): number => pieces.reduce((sum, { length }) => sum + length, 0)

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
        documents.set(name, document, BYTES_PER_DOCUMENT + name.length + bytesOf(document.rest))
        return document
      }
      const made = queue(make).finally(() => beingMade.delete(name))
      beingMade.set(name, made)
      return made
    },
  }
}
