// Paths whose last segment says what is done: `/rest/{plural}/groupBy`. In: a request line and, for some, a body; out: one
// statement and how its rows are answered. null where the path is none of them; a record whose key is spelt like one of the words
// is still reached with a percent-encoded key.

import type { Rows } from '../../sql/lanes.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { methodNotAllowed } from '../problem.ts'
import type { CompiledStatement } from './compile.ts'
import { compileGroupPage, type GroupParameters, groupsAnswer, parseGroups } from './groups.ts'
import { decodePercent, parseQuery } from './query.ts'
import { type Depth, parseDepth } from './request.ts'

export type SpecialRequest = { readonly plural: string; readonly depth: Depth } & {
  readonly kind: 'groupBy'
  readonly parameters: GroupParameters
}

export interface SpecialStatement extends CompiledStatement {
  readonly isRead: boolean
  readonly answer: (rows: Rows) => string
}

const METHODS = {
  groupBy: ['GET', 'HEAD', 'OPTIONS'],
} as const
type Kind = keyof typeof METHODS

const isKind = (word: string | undefined): word is Kind => word !== undefined && Object.hasOwn(METHODS, word)

/** Throws Problem BAD_USER_INPUT or METHOD_NOT_ALLOWED. @param path what follows `/rest` in the path */
export const parseSpecial = (method: string, path: string, search: string): SpecialRequest | null => {
  const [plural, kind, ...more] = path.split('/').filter((segment) => segment !== '')
  if (plural === undefined || plural === 'batch' || !isKind(kind) || more.length > 0) return null
  const methods: readonly string[] = METHODS[kind]
  if (!methods.includes(method)) throw methodNotAllowed(method, methods)
  const query = parseQuery(search)
  const common = { plural: decodePercent(plural), depth: parseDepth(query) }
  return { ...common, kind, parameters: parseGroups(query) }
}

export const compileSpecial = (
  model: Model,
  object: ObjectModel,
  request: SpecialRequest,
  _body: unknown,
): SpecialStatement => {
  const page = compileGroupPage(model, object, request.parameters, request.depth)
  return { ...page, isRead: true, answer: (rows) => groupsAnswer(page, rows) }
}
