// Compares a gateway with its document: every answer's status, headers and body, and every accepted request.
// Returns a check of one exchange, which lists the deviations. Object schemas are closed first, so that
// nothing undocumented passes.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { Answer } from '../support/gateway.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document is JSON, which tests look into.
export type Json = any

export interface Exchange {
  readonly method: string
  /** With its query string, as it was sent. */
  readonly target: string
  readonly body?: unknown
  readonly answer: Answer
}

export interface Contract {
  /** Faults; empty where the exchange is as documented. */
  readonly check: (exchange: Exchange) => readonly string[]
  /** `get /companies` → statuses that were seen. */
  readonly seen: ReadonlyMap<string, ReadonlySet<number>>
}

const ROOT = 'https://tenantry.test/document'
const OURS =
  /^(ratelimit|x-ratelimit-|x-request-id|retry-after|www-authenticate|idempotent-|preference-applied|etag)/

/** Object schemas without a statement on further properties allow none. */
const close = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(close)
  if (typeof value !== 'object' || value === null) return value
  const closed = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, close(inner)]))
  const isObject = value.type === 'object' && typeof value.properties === 'object'
  return isObject && value.additionalProperties === undefined
    ? { ...closed, additionalProperties: false }
    : closed
}

const pointer = (...steps: readonly string[]): string =>
  steps.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')

const templateOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .split(/\{[^}]+\}/)
      .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('([^/,]+)')}$`,
  )

/** What a method that is not documented does. */
const VERBS: Readonly<Record<string, string>> = { HEAD: 'get', PUT: 'patch' }

const coerced = (text: string, schema: Json): unknown => {
  if (schema.type === 'integer' && /^-?\d+$/.test(text)) return Number(text)
  if (schema.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}

export const createContract = (document: Json): Contract => {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addFormat('decimal', {
    type: 'string',
    validate: (text: string) => /^-?\d+(\.\d+)?$|^NaN$|^-?Infinity$/.test(text),
  })
  ajv.addSchema({ $id: ROOT, ...close(document) })
  const base = new URL(document.servers[0].url, 'http://gateway').pathname
  // Paths without templates come first, as the specification has it.
  const templates = Object.keys(document.paths)
    .toSorted((a, b) => Number(a.includes('{')) - Number(b.includes('{')))
    .map((path) => ({ path, pattern: templateOf(path) }))
  const compiled = new Map<string, ValidateFunction>()
  const seen = new Map<string, Set<number>>()

  const resolve = (value: Json): Json =>
    value?.$ref === undefined
      ? value
      : value.$ref
          .slice(2)
          .split('/')
          .reduce((inner: Json, step: string) => inner[step], document)

  const validate = (at: string, value: unknown): string[] => {
    const known = compiled.get(at) ?? ajv.compile({ $ref: `${ROOT}#${at}` })
    compiled.set(at, known)
    return known(value)
      ? []
      : (known.errors ?? []).map(
          ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
        )
  }

  const findOperation = (method: string, path: string) => {
    const below = path.startsWith(base) ? path.slice(base.length) : path
    for (const verb of [method.toLowerCase(), VERBS[method] ?? '']) {
      const found = templates.find(
        ({ path: template, pattern }) => pattern.test(below) && document.paths[template][verb] !== undefined,
      )
      if (found !== undefined) return { verb, path: found.path, operation: document.paths[found.path][verb] }
    }
    return null
  }

  const checkRequest = (path: string, verb: string, operation: Json, exchange: Exchange): string[] => {
    const search = new URLSearchParams(exchange.target.split('?')[1] ?? '')
    const parameters: Json[] = operation.parameters?.map(resolve) ?? []
    const faults = [...search].flatMap(([name, text]) => {
      const parameter = parameters.find((each) => each.in === 'query' && each.name === name)
      if (parameter === undefined) return [`parameter ${name} is accepted but not documented`]
      return ajv.validate(parameter.schema, coerced(text, parameter.schema))
        ? []
        : [`parameter ${name}=${text} is accepted but does not fit`]
    })
    if (exchange.body === undefined) return faults
    const at = pointer('paths', path, verb, 'requestBody', 'content', 'application/json', 'schema')
    return [...faults, ...validate(at, exchange.body).map((fault) => `accepted body: ${fault}`)]
  }

  const checkHeaders = (response: Json, { headers }: Answer): string[] => {
    const documented = new Map<string, Json>(
      Object.entries(response.headers ?? {}).map(([name, header]) => [name.toLowerCase(), resolve(header)]),
    )
    return [...headers].flatMap(([name, text]) => {
      if (!OURS.test(name)) return []
      const header = documented.get(name)
      if (header === undefined) return [`header ${name} is not documented`]
      return ajv.validate(header.schema, coerced(text, header.schema))
        ? []
        : [`header ${name}: ${text} does not fit`]
    })
  }

  const checkBody = (at: string, response: Json, answer: Answer): string[] => {
    if (answer.text === '') {
      const mayBeEmpty = response.content === undefined || answer.headers.has('preference-applied')
      return mayBeEmpty ? [] : ['the body is empty']
    }
    if (response.content === undefined) return ['there is a body']
    if (answer.body === null && answer.text !== 'null') return ['the body is no JSON']
    return validate(at + pointer('content', 'application/json', 'schema'), answer.body)
  }

  const check = (exchange: Exchange): string[] => {
    const { method, target, answer } = exchange
    const [path = ''] = target.split('?')
    const found = findOperation(method, path)
    if (found === null) return [`${method} ${path} is not documented`]
    const { verb, operation } = found
    const name = `${verb} ${found.path}`
    seen.set(name, (seen.get(name) ?? new Set()).add(answer.status))
    const stated = operation.responses[String(answer.status)]
    if (stated === undefined)
      return [`status ${answer.status} is not documented: ${answer.text.slice(0, 300)}`]
    const response = resolve(stated)
    const at =
      stated.$ref === undefined
        ? pointer('paths', found.path, verb, 'responses', String(answer.status))
        : stated.$ref.slice(1)
    return [
      // Of a batch that was done in part, part was refused.
      ...(answer.status < 400 && answer.status !== 207
        ? checkRequest(found.path, verb, operation, exchange)
        : []),
      ...checkHeaders(response, answer),
      ...(method === 'HEAD' ? [] : checkBody(at, response, answer)),
    ]
  }

  return {
    seen,
    check: (exchange) =>
      check(exchange).map(
        (fault) => `${exchange.method} ${exchange.target} ${exchange.answer.status}: ${fault}`,
      ),
  }
}
