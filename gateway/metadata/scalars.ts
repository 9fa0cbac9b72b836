// The scalars of the metadata API. Their errors have the contract's wording.

import { GraphQLError, type GraphQLScalarType, Kind, type ValueNode } from 'postgraphile/graphql'
import { isUuid } from '../../tenants/uuid.ts'
import { jsonOf } from '../graphql/schema/plugins/scalars.ts'
import { isCalendarDay } from '../isoDate.ts'

interface Coercion {
  readonly serialize: (value: unknown) => unknown
  readonly parse: (value: unknown) => unknown
}

const uuid = (value: unknown): string => {
  if (typeof value === 'string' && isUuid(value)) return value.toLowerCase()
  throw new GraphQLError(`Invalid UUID: '${String(value).slice(0, 100)}'`)
}

const text = (value: unknown): string => {
  if (typeof value === 'string') return value
  throw new GraphQLError('A cursor is a string.')
}

const dateTime = (value: unknown): string => {
  const date = value instanceof Date ? value : new Date(typeof value === 'string' ? value : Number.NaN)
  const [day] = (typeof value === 'string' && /^\d{4}-\d\d-\d\d/.exec(value)) || []
  if (Number.isNaN(date.getTime()) || (day !== undefined && !isCalendarDay(day)))
    throw new GraphQLError(`Invalid date: '${String(value).slice(0, 100)}'`)
  return date.toISOString()
}

const same = (value: unknown): unknown => value

const COERCIONS: Readonly<Record<string, Coercion>> = {
  UUID: { serialize: same, parse: uuid },
  ConnectionCursor: { serialize: same, parse: text },
  DateTime: { serialize: dateTime, parse: dateTime },
  JSON: { serialize: same, parse: same },
  JSONObject: { serialize: same, parse: same },
}

/** Attaches the implementation to a scalar declared by name. */
export const defineScalar = (scalar: GraphQLScalarType): void => {
  const coercion = COERCIONS[scalar.name]
  if (coercion === undefined) return
  scalar.serialize = coercion.serialize
  scalar.parseValue = coercion.parse
  // JSON literals may contain variables, at any depth.
  scalar.parseLiteral = (node: ValueNode, variables) =>
    coercion.parse(
      !scalar.name.startsWith('JSON') && node.kind !== Kind.STRING ? null : jsonOf(node, variables),
    )
}
