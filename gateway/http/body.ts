// Reads a JSON request body, or throws a Problem: 415 for another format, 413 past the limit (counted after
// decompression, and before more is read), 400 for invalid JSON, too deep nesting or an empty body.

import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { keepDigits, mayChange } from '../../tenants/model/value/exactNumber.ts'
import { Problem } from '../error/problem.ts'
import { checkJson } from './characters.ts'

export type ReadJson = (request: IncomingMessage) => Promise<unknown>

/** Deeper than any record or GraphQL variable; bounds the recursion of all code that walks the value. */
const MAX_DEPTH = 100
const BODY = 'The request body'

const INFLATERS: Readonly<
  Record<string, (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
}

const tooLarge = (limitBytes: number): Problem =>
  new Problem('PAYLOAD_TOO_LARGE', `The request body is larger than ${limitBytes} bytes.`)

const malformed = (what: string, reason: string, cause?: unknown): Problem =>
  new Problem('BAD_USER_INPUT', `${what} is not valid JSON: ${reason}`, {
    subCode: 'MALFORMED_JSON',
    cause,
  })

/**
 * `application/json` and `application/<anything>+json`, as UTF-8: the only encoding of JSON (RFC 8259 §8.1).
 */
const checkContentType = (header: string | undefined): void => {
  if (header === 'application/json') return
  const [type = '', ...parameters] = (header ?? '').toLowerCase().split(';')
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='))
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset)
  if (isUtf8 && /^application\/(json|[\w.!#$&^-]+\+json)$/.test(type.trim())) return
  throw new Problem(
    'UNSUPPORTED_MEDIA_TYPE',
    header === undefined
      ? 'The request has no Content-Type. Send JSON with "Content-Type: application/json".'
      : `Content-Type '${header.slice(0, 100)}' is not supported. Send JSON with "Content-Type: application/json".`,
    { headers: { 'accept-post': 'application/json' } },
  )
}

/**
 * The raw bytes. Past the limit the socket is not read further; Node discards the rest after the answer is
 * sent.
 */
const collect = (request: IncomingMessage, limitBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      reject(tooLarge(limitBytes))
      return
    }
    const chunks: Buffer[] = []
    let length = 0
    const settle = (finish: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onError)
      // A late socket error must not become an uncaught one.
      request.on('error', () => {})
      finish()
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      chunks.push(chunk)
      if (length <= limitBytes) return
      request.pause()
      settle(() => reject(tooLarge(limitBytes)))
    }
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks, length)))
    const onError = (): void =>
      settle(() => reject(new Problem('BAD_USER_INPUT', 'The request body is incomplete.')))
    request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onError)
  })

const decompress = async (bytes: Buffer, encoding: string, limitBytes: number): Promise<Buffer> => {
  const name = encoding.trim().toLowerCase()
  if (name === 'identity') return bytes
  const inflater = Object.hasOwn(INFLATERS, name) ? INFLATERS[name] : undefined
  if (inflater === undefined) {
    throw new Problem(
      'UNSUPPORTED_MEDIA_TYPE',
      `Content-Encoding '${encoding.slice(0, 100)}' is not supported.`,
      {
        hint: 'Supported: gzip, deflate, br.',
        headers: { 'accept-encoding': 'gzip, deflate, br' },
      },
    )
  }
  try {
    return await inflater(bytes, { maxOutputLength: limitBytes })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(limitBytes)
    throw new Problem('BAD_USER_INPUT', `The request body is not valid ${name} data.`, { cause: error })
  }
}

const isTooDeep = (text: string): boolean => {
  // Every level takes at least two characters.
  if (text.length <= 2 * MAX_DEPTH) return false
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (inString) {
      if (char === 0x5c /* \ */) at += 1
      else if (char === 0x22 /* " */) inString = false
    } else if (char === 0x22) inString = true
    else if (char === 0x7b /* { */ || char === 0x5b /* [ */) {
      depth += 1
      if (depth > MAX_DEPTH) return true
    } else if (char === 0x7d /* } */ || char === 0x5d /* ] */) depth -= 1
  }
  return false
}

const refusePrototypeKey = (key: string, value: unknown): unknown => {
  if (key === '__proto__') throw new SyntaxError('the key "__proto__" is not allowed.')
  return value
}

// A `__proto__` key is either spelled out or contains an escaped underscore.
const MAY_NAME_PROTOTYPE = /__proto__|\\u005f/i

/** @param what starts the Problem's message: "The request body" */
export const parseJson = (text: string, what: string, keepsDigits = false): unknown => {
  const value = parse(text, what, keepsDigits)
  checkJson(value, text)
  return value
}

const parse = (text: string, what: string, keepsDigits: boolean): unknown => {
  if (text.trim() === '') throw new Problem('BAD_USER_INPUT', `${what} is empty; JSON was expected.`)
  if (isTooDeep(text)) throw malformed(what, `it nests deeper than ${MAX_DEPTH} levels.`)
  try {
    if (keepsDigits && mayChange(text))
      return JSON.parse(text, (key, value, { source }) => keepDigits(refusePrototypeKey(key, value), source))
    return MAY_NAME_PROTOTYPE.test(text) ? JSON.parse(text, refusePrototypeKey) : JSON.parse(text)
  } catch (error) {
    // V8 quotes the caller's own text and counts from one: "… at position 15 (line 1 column 16)".
    const reason = error instanceof Error ? error.message : 'it cannot be parsed.'
    throw malformed(what, reason.replace(/at position \d+ \((line \d+) (column \d+)\)/, 'at $1, $2'), error)
  }
}

interface JsonReaderOptions {
  readonly limitBytes: number
  /** Keeps numbers that a double would round (exactNumber.ts); otherwise they are rounded. */
  readonly keepsDigits?: boolean
}

/** A reader of JSON bodies of at most `limitBytes` bytes. */
export const createJsonReader = ({ limitBytes, keepsDigits = false }: JsonReaderOptions): ReadJson => {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  const decode = (bytes: Buffer): string => {
    try {
      return utf8.decode(bytes)
    } catch (error) {
      throw malformed(BODY, 'it is not valid UTF-8.', error)
    }
  }
  return async (request) => {
    checkContentType(request.headers['content-type'])
    const encoding = request.headers['content-encoding']
    const bytes = await collect(request, limitBytes)
    const plain = encoding === undefined ? bytes : await decompress(bytes, encoding, limitBytes)
    return parseJson(decode(plain), BODY, keepsDigits)
  }
}
