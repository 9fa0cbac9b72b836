// An OpenAPI document for the REST playground, with every optional parameter disabled. Scalar otherwise sends
// each parameter that has an example, a default or an enum.

import { isRecord, type JsonObject } from '../api/json.ts'

const isOptionalParameter = (node: JsonObject): boolean =>
  typeof node.name === 'string' && (node.in === 'query' || node.in === 'header') && node.required !== true

/** The example that Scalar sends unless another is chosen. */
const EXAMPLE_NAME = 'default'

/** The value of the row once the user enables it. */
const initialValueOf = ({ example, schema }: JsonObject): unknown => {
  if (example !== undefined) return example
  if (!isRecord(schema)) return ''
  const [choice]: readonly unknown[] = Array.isArray(schema.enum) ? schema.enum : []
  return schema.default ?? choice ?? ''
}

const disabled = (parameter: JsonObject): JsonObject => {
  const { example: _, ...rest } = parameter
  return { ...rest, examples: { [EXAMPLE_NAME]: { value: initialValueOf(parameter), 'x-disabled': true } } }
}

const disabledParameters = (parameters: unknown): unknown => {
  const disable = (parameter: unknown) =>
    isRecord(parameter) && isOptionalParameter(parameter) ? disabled(parameter) : parameter
  if (Array.isArray(parameters)) return parameters.map(disable)
  return isRecord(parameters) ? mapValues(parameters, disable) : parameters
}

const mapValues = (node: JsonObject, change: (value: unknown) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(node).map(([key, value]) => [key, change(value)]))

/** Components, path items and operations alike. */
const withDisabledParameters = (holder: unknown): unknown =>
  isRecord(holder) && 'parameters' in holder
    ? { ...holder, parameters: disabledParameters(holder.parameters) }
    : holder

const pathOf = (path: unknown): unknown =>
  isRecord(path) ? withDisabledParameters(mapValues(path, withDisabledParameters)) : path

export const withoutDefaults = (document: JsonObject): JsonObject => ({
  ...document,
  ...(isRecord(document.paths) ? { paths: mapValues(document.paths, pathOf) } : {}),
  ...(isRecord(document.components) ? { components: withDisabledParameters(document.components) } : {}),
})
