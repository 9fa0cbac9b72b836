// JSON Schema (draft 2020-12) as plain values, and the few ways in which schemas are combined here. In:
// schemas; out: schemas. Not decided here: what any of them describes.

export type Schema = Readonly<Record<string, unknown>>

export const STRING: Schema = { type: 'string' }
export const BOOLEAN: Schema = { type: 'boolean' }
export const NULL: Schema = { type: 'null' }
/** Any JSON at all. */
export const ANYTHING: Schema = {}

export const listOf = (items: Schema): Schema => ({ type: 'array', items })

/** Of JSON that nobody knows more about. */
export const OBJECT: Schema = { type: 'object', additionalProperties: true }

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** The schema, and null beside it. */
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

/** An object that has the given properties; the named ones it always has. */
export const objectOf = (
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
})

/** An object of which every property is there. */
export const wholeObjectOf = (properties: Readonly<Record<string, Schema>>): Schema =>
  objectOf(properties, Object.keys(properties))

/** What a caller sends: a property that nobody knows is refused. */
export const closed = (schema: Schema): Schema => ({ ...schema, additionalProperties: false })

/** With what people call it and what they say about it, where there is anything. */
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
