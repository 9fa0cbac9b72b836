// JSON Schema (draft 2020-12) as plain values, with the combinators used here.

import { isList } from '../../tenants/model/json.ts'

export type Schema = Readonly<Record<string, unknown>>

export const STRING: Schema = { type: 'string' }
export const BOOLEAN: Schema = { type: 'boolean' }
export const NULL: Schema = { type: 'null' }
/** Any JSON at all. */
export const ANYTHING: Schema = {}

export const listOf = (items: Schema): Schema => ({ type: 'array', items })

/** For JSON of unknown structure. */
export const OBJECT: Schema = { type: 'object', additionalProperties: true }

/** The schema, or null. */
export const orNull = (schema: Schema): Schema => {
  const { type, enum: values, anyOf } = schema
  if (isList(anyOf)) return { ...schema, anyOf: [...anyOf, NULL] }
  if ('$ref' in schema) return { anyOf: [schema, NULL] }
  if (type === undefined) return schema
  return {
    ...schema,
    type: [...(isList(type) ? type : [type]), 'null'],
    ...(isList(values) ? { enum: [...values, null] } : {}),
  }
}

/** An object with the given properties; the named ones are required. */
export const objectOf = (
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
})

/** An object with all properties required. */
export const wholeObjectOf = (properties: Readonly<Record<string, Schema>>): Schema =>
  objectOf(properties, Object.keys(properties))

/** A request: unknown properties are refused. */
export const closed = (schema: Schema): Schema => ({ ...schema, additionalProperties: false })

/** With title and description, if there are any. */
export const described = (
  schema: Schema,
  { title, description }: { readonly title?: string | null; readonly description?: string | null },
): Schema => ({
  ...schema,
  ...(title == null ? {} : { title }),
  ...(description == null ? {} : { description }),
})

export const without = (
  properties: Readonly<Record<string, Schema>>,
  ...names: readonly string[]
): Readonly<Record<string, Schema>> =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)))
