// Scalars and enums of every compilation. Output is already in the API's form; input accepts any JSON,
// because gateway/records/values/value.ts checks it for both protocols, with messages that name the field.
// Only the UUID is checked here, as in the contract.

import type {} from 'postgraphile'
import { GraphQLError, type GraphQLScalarTypeConfig, Kind, type ValueNode } from 'postgraphile/graphql'
import { keepDigits } from '../../../../tenants/model/value/exactNumber.ts'
import { ORDER_BY_DIRECTIONS } from '../../../records/read/order.ts'
import type { Vocabulary } from '../vocabulary.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

type Scalar = Omit<GraphQLScalarTypeConfig<unknown, unknown>, 'name'>

type Variables = Readonly<Record<string, unknown>> | null | undefined

/** The JSON of a literal, with all digits of its numbers. */
export const jsonOf = (node: ValueNode, variables: Variables): unknown => {
  switch (node.kind) {
    case Kind.NULL:
      return null
    case Kind.INT:
    case Kind.FLOAT:
      return keepDigits(Number(node.value), node.value)
    case Kind.LIST:
      return node.values.map((item) => jsonOf(item, variables))
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, jsonOf(value, variables)]))
    case Kind.VARIABLE:
      return variables?.[node.name.value]
    default:
      return node.value
  }
}

const passing = (description: string): Scalar => ({
  description,
  serialize: (value) => value,
  parseValue: (value) => value,
  parseLiteral: jsonOf,
})

const toUuid = (value: unknown): string => {
  if (typeof value === 'string' && UUID.test(value)) return value
  throw new GraphQLError(`Invalid UUID: '${String(value).slice(0, 100)}'`)
}

const SCALARS: Readonly<Record<string, Scalar>> = {
  UUID: {
    ...passing('A UUID of RFC 9562, of any version.'),
    parseValue: toUuid,
    parseLiteral: (node) => toUuid('value' in node ? node.value : null),
  },
  DateTime: passing('An instant in ISO 8601, in UTC, to the millisecond: `2026-01-31T12:00:00.000Z`.'),
  Date: passing('A day in ISO 8601: `2026-01-31`.'),
  BigInt: passing(
    'A whole number of up to 64 bits: a JSON number up to 2^53, a string above that. Input accepts both forms, of any size.',
  ),
  BigFloat: passing(
    'A decimal number of any length: a JSON number if a double represents it exactly, otherwise a string (also for NaN and the infinities). Input accepts both forms.',
  ),
  JSON: passing('Any JSON value.'),
  Cursor: passing('An opaque position in a sorted list of records.'),
  ConnectionCursor: passing('An opaque position in a sorted list of records.'),
  Position: passing(
    'A position in a manually sorted list: a number, or on input also `"first"` or `"last"`.',
  ),
  TSVector: passing('The lexemes of a text, for full-text search.'),
}

export const createScalarsPlugin = (vocabulary: Vocabulary): GraphileConfig.Plugin => ({
  name: 'TenantryScalarsPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      init(_, build) {
        for (const [name, scalar] of Object.entries(SCALARS))
          build.registerScalarType(name, {}, () => scalar, 'Tenantry')
        const registerEnum = (name: string, values: readonly string[]): void =>
          build.registerEnumType(
            name,
            {},
            () => ({ values: Object.fromEntries(values.map((value) => [value, { value }])) }),
            'Tenantry',
          )
        registerEnum('OrderByDirection', ORDER_BY_DIRECTIONS)
        registerEnum('FilterIs', ['NULL', 'NOT_NULL'])
        registerEnum('OnError', ['ABORT', 'CONTINUE'])
        for (const { name, labels } of vocabulary.enums) registerEnum(name, labels)
        return _
      },
    },
  },
})
