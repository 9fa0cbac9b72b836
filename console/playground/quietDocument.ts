// An OpenAPI document as the REST playground is to have it. In: the gateway's document; out: the same, in
// which no optional parameter is switched on before somebody does so. Scalar sends whatever has an example, a
// default or a first choice, unless it is told not to.

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isOptionalParameter = (node: Node): boolean =>
  typeof node.name === 'string' && (node.in === 'query' || node.in === 'header') && node.required !== true

/** Where Scalar looks for what it sends while nobody chose an example. */
const EXAMPLE_NAME = 'default'

/** What the row begins with, once it is switched on. */
const initialValueOf = ({ example, schema }: Node): unknown => {
  if (example !== undefined) return example
  if (!isNode(schema)) return ''
  const [choice]: readonly unknown[] = Array.isArray(schema.enum) ? schema.enum : []
  return schema.default ?? choice ?? ''
}

const switchedOff = (parameter: Node): Node => {
  const { example: _, ...rest } = parameter
  return { ...rest, examples: { [EXAMPLE_NAME]: { value: initialValueOf(parameter), 'x-disabled': true } } }
}

const quietParameters = (parameters: unknown): unknown => {
  const quiet = (parameter: unknown) =>
    isNode(parameter) && isOptionalParameter(parameter) ? switchedOff(parameter) : parameter
  if (Array.isArray(parameters)) return parameters.map(quiet)
  return isNode(parameters) ? mapValues(parameters, quiet) : parameters
}

const mapValues = (node: Node, change: (value: unknown) => unknown): Node =>
  Object.fromEntries(Object.entries(node).map(([key, value]) => [key, change(value)]))

/** Components, path items and operations alike. */
const withQuietParameters = (holder: unknown): unknown =>
  isNode(holder) && 'parameters' in holder
    ? { ...holder, parameters: quietParameters(holder.parameters) }
    : holder

const quietPath = (path: unknown): unknown =>
  isNode(path) ? withQuietParameters(mapValues(path, withQuietParameters)) : path

export const quietDocument = (document: Node): Node => ({
  ...document,
  ...(isNode(document.paths) ? { paths: mapValues(document.paths, quietPath) } : {}),
  ...(isNode(document.components) ? { components: withQuietParameters(document.components) } : {}),
})
