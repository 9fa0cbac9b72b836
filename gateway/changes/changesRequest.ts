// The parameters of a request for changes: `after`, `objects`, `operations`, `include`, `limit`, `wait`.
// Unknown names are a 400 that lists the known ones.

import { isRecord } from '../../tenants/model/json.ts'
import type { Model } from '../../tenants/model/model.ts'
import { badInput } from '../error/problem.ts'
import type { Query } from '../http/query.ts'
import { isReadable } from '../records/model/permission.ts'
import { valuesOf } from '../records/recordValues.ts'
import { CHANGE_OPERATIONS, type ChangeOperation } from './entry.ts'
import type { ChangeQuery } from './read.ts'

export interface ChangesRequest {
  readonly query: ChangeQuery
  /** Undefined: from now on. */
  readonly after: string | undefined
  readonly limit: number
  /** How long an answer without changes may wait for one, in milliseconds. */
  readonly waitMs: number
}

export const DEFAULT_CHANGES_LIMIT = 100
export const MAX_CHANGES_LIMIT = 1_000
export const MAX_WAIT_SECONDS = 60
export const INCLUDES = ['record', 'previous'] as const
const PARAMETERS = ['after', 'objects', 'operations', 'include', 'limit', 'wait']

export const one = (query: Query, name: string): string | undefined => {
  const values = query.get(name) ?? []
  if (values.length > 1) throw badInput(`'${name}' is set ${values.length} times`, 'INVALID_ARGS')
  return values[0]
}

export const integerParameter = (
  query: Query,
  name: string,
  byDefault: number,
  [min, max]: readonly [number, number],
): number => {
  const text = one(query, name)
  if (text === undefined) return byDefault
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw badInput(
    `'${name}' must be an integer from ${min} to ${max}, got '${text.slice(0, 100)}'`,
    'INVALID_ARGS',
  )
}

export const words = (query: Query, name: string): readonly string[] | null =>
  (one(query, name) || undefined)?.split(',').map((word) => word.trim()) ?? null

export const knownWord = <Word extends string>(name: string, known: readonly Word[], word: string): Word => {
  const found = known.find((each) => each === word)
  if (found !== undefined) return found
  throw badInput(`'${word.slice(0, 100)}' is not one of ${name}: ${known.join(', ')}`, 'INVALID_ARGS')
}

const objectsOf = (model: Model, names: readonly string[]): ReadonlySet<string> => {
  const readable = model.objects.filter(isReadable)
  return new Set(
    names.map((name) => {
      const object = readable.find(
        ({ nameSingular, namePlural }) => nameSingular === name || namePlural === name,
      )
      if (object !== undefined) return object.nameSingular
      const known = readable.map(({ nameSingular }) => nameSingular).join(', ')
      throw badInput(`object '${name.slice(0, 100)}' not found. There are: ${known}`, 'OBJECT_NOT_FOUND')
    }),
  )
}

/** Equal for queries that ask the same, in any model. */
export const queryTextOf = (query: Query): string =>
  JSON.stringify(['objects', 'operations', 'include'].map((name) => [...(words(query, name) ?? [])].sort()))

/** Parameters of a stream that a ticket fixes. */
const OF_TICKET = ['objects', 'operations', 'include'] as const

/** Of the body of a request for a ticket: each parameter is a list of words. */
export const readTicketQuery = (body: unknown): Readonly<Record<string, string>> => {
  if (!isRecord(body)) throw badInput('The body must be a JSON object', 'INVALID_ARGS')
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      knownWord('the parameters of a ticket', OF_TICKET, name)
      if (Array.isArray(value) && value.every((word) => typeof word === 'string'))
        return [name, value.join(',')]
      throw badInput(`'${name}' must be a list of strings`, 'INVALID_ARGS')
    }),
  )
}

/** The query of a stream that a ticket opens; the only other parameter allowed is `after`. */
export const withTicket = (query: Query, fixed: Readonly<Record<string, string>>): Query => {
  for (const name of query.keys()) knownWord("the parameters beside 'ticket'", ['ticket', 'after'], name)
  const after = query.get('after')
  return new Map([
    ...(after === undefined ? [] : [['after', after] as const]),
    ...Object.entries(fixed).map(([name, text]) => [name, [text]] as const),
  ])
}

export const parseChangesRequest = (query: Query, model: Model): ChangesRequest => {
  for (const name of query.keys()) knownWord('the parameters', PARAMETERS, name)
  const objects = words(query, 'objects')
  const operations = words(query, 'operations')
  const includes = (words(query, 'include') ?? []).map((word) =>
    knownWord('what can be included', INCLUDES, word),
  )
  return {
    after: one(query, 'after'),
    limit: integerParameter(query, 'limit', DEFAULT_CHANGES_LIMIT, [1, MAX_CHANGES_LIMIT]),
    waitMs: integerParameter(query, 'wait', 0, [0, MAX_WAIT_SECONDS]) * 1_000,
    query: {
      objects: objects === null ? null : objectsOf(model, objects),
      operations:
        operations === null
          ? null
          : new Set(
              operations.map((word): ChangeOperation => knownWord('the operations', CHANGE_OPERATIONS, word)),
            ),
      sides: INCLUDES.filter((side) => includes.includes(side)).map((side) => ({
        side,
        selectionOf: valuesOf,
      })),
    },
  }
}
