// Parses and validates documents. Returns the same DocumentNode every time for the same text, because plans
// are cached by it. Cheap checks come first; validation, which costs the most, comes last.

import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, visit } from 'postgraphile/graphql'
import { missingNameNote } from '../../tenants/model/model.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { createOwnedCache } from '../cache/ownedCache.ts'
import { Problem } from '../error/problem.ts'
import { checkCharacters } from '../http/characters.ts'
import { unsupportedObject } from '../unsupported.ts'
import { createExplainOperator } from './explain.ts'
import { withLocations } from './locations.ts'
import type { CompiledSchema } from './schema/compile.ts'
import { checkRelations, checkSize } from './validation/limits.ts'
import { nestsDeeperThan } from './validation/nesting.ts'
import { rulesFor } from './validation/rules.ts'
import { documentBytes } from './validation/size.ts'
import { validateDocument } from './validation/validate.ts'

/** 2,000 fields with long names and some arguments; the standard introspection query has 1,500 characters. */
const MAX_LENGTH = 200_000
const MAY_HOLD_NUL = /\\u(?:0000|\{0+\})/
const MAX_TOKENS = 20_000
/** Brackets of any kind: fields, arguments and lists nest in each other. */
const MAX_NESTING = 64
const MAX_ERRORS = 20
/** Callers that send ever new documents take no room from schemas and permissions. */
const MOST_OF_BUDGET = 1 / 4
/** Some thousand documents. More of a large budget would keep the process large for documents used once. */
const MAX_BYTES = 64 * 1024 * 1024

/** Errors in a document, each with its location. */
export class DocumentErrors extends Problem {
  readonly errors: readonly GraphQLError[]

  constructor(code: 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED', errors: readonly GraphQLError[]) {
    super(code, errors[0]?.message ?? code)
    this.name = 'DocumentErrors'
    this.errors = errors
  }
}

const tooLarge = (message: string): Problem =>
  new Problem('BAD_USER_INPUT', message, { subCode: 'TOO_COMPLEX_QUERY' })

/** Throws Problem. */
export const parseText = (text: string): DocumentNode => {
  if (text.length > MAX_LENGTH) throw tooLarge(`A query holds at most ${MAX_LENGTH} characters`)
  if (nestsDeeperThan(text, MAX_NESTING))
    throw tooLarge(`Query too complex - Brackets nest deeper than ${MAX_NESTING} levels`)
  try {
    const document = parse(text, { maxTokens: MAX_TOKENS, noLocation: true })
    // GraphQL itself refuses lone surrogates.
    if (MAY_HOLD_NUL.test(text)) visit(document, { StringValue: ({ value }) => checkCharacters(value) })
    return document
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    throw new DocumentErrors('GRAPHQL_PARSE_FAILED', [error])
  }
}

/** Why the schema lacks a name; null if there is no reason. For a field, the type that lacks it is given. */
type ExplainMissing = (name: string, type: string | undefined) => string | null
/** A replacement for an error message; null if GraphQL's own is best. */
type ExplainError = (error: GraphQLError, document: DocumentNode) => string | null

/** Replaces GraphQL's "Did you mean" by the reason. */
export const explainingMissing =
  (explain: ExplainMissing): ExplainError =>
  ({ message }) => {
    const [, fact = '', name = '', type] =
      /^((?:Cannot query field|Unknown type) "(\w+)"(?: on type "(\w+)")?\.)/.exec(message) ?? []
    const reason = name === '' ? null : explain(name, type)
    return reason === null ? null : `${fact} ${reason}`
  }

const explained = (error: GraphQLError, message: string | null): GraphQLError =>
  message === null ? error : new GraphQLError(message, { nodes: error.nodes ?? null })

/** A document within the size limits that is valid for the schema. Throws Problem. */
export const prepareDocument = (text: string, schema: GraphQLSchema, explain: ExplainError): DocumentNode => {
  const document = parseText(text)
  checkSize(document)
  const errors = validateDocument(schema, document, rulesFor(text), MAX_ERRORS)
  if (errors.length > 0) {
    const reported = errors.map((error) => explained(error, explain(error, document)))
    throw new DocumentErrors('GRAPHQL_VALIDATION_FAILED', withLocations(reported, document, text))
  }
  return document
}

const prepare = (text: string, { schema, model, dropped }: CompiledSchema): DocumentNode => {
  const known = { ...model, omitted: [...model.omitted, ...dropped] }
  const missing = explainingMissing(
    (name, type) => (type === 'Query' ? missingNameNote(known, name) : null) ?? unsupportedObject(name),
  )
  const operator = createExplainOperator(schema, model)
  const explain: ExplainError = (error, document) => missing(error, document) ?? operator(error, document)
  const document = prepareDocument(text, schema, explain)
  checkRelations(document, schema, model)
  return document
}

/** Cache of valid documents, which belong to their schema: plans are cached by them. */
export const createGraphQLDocuments = (budget: CacheBudget) => {
  const kept = createOwnedCache<CompiledSchema, DocumentNode>(budget, {
    name: 'GraphQL documents',
    maxBytes: Math.min(Math.ceil(budget.maxBytes * MOST_OF_BUDGET), MAX_BYTES),
  })
  const places = new WeakMap<DocumentNode, { readonly compiled: CompiledSchema; readonly text: string }>()
  return {
    /** The document of a text, which is valid for the schema. Throws Problem. */
    prepare: (text: string, compiled: CompiledSchema): DocumentNode => {
      const known = kept.get(compiled, text)
      if (known !== undefined) return known
      const document = prepare(text, compiled)
      kept.set(compiled, text, document, documentBytes(text))
      places.set(document, { compiled, text })
      return document
    },
    /** Counts further memory that lives as long as the document. */
    grow: (document: DocumentNode, bytes: number): void => {
      const place = places.get(document)
      if (place !== undefined) kept.grow(place.compiled, place.text, bytes)
    },
  }
}

export type GraphQLDocuments = ReturnType<typeof createGraphQLDocuments>
