// Adds locations to errors in a document. Documents are parsed without them: every node would hold tokens,
// and each token the next one, four times the size of the rest. An error parses the text again and takes the
// location of its node's counterpart.

import { type ASTNode, type DocumentNode, GraphQLError, parse } from 'postgraphile/graphql'

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'

/** Finds the nodes of `other` that stand where the wanted nodes of `one` do, until all are found. */
const findCounterparts = (
  one: unknown,
  other: unknown,
  wanted: Set<ASTNode>,
  found: Map<ASTNode, ASTNode>,
): void => {
  if (wanted.size === 0) return
  if (Array.isArray(one) && Array.isArray(other)) {
    for (const [index, item] of one.entries()) findCounterparts(item, other[index], wanted, found)
    return
  }
  if (!isNode(one) || !isNode(other)) return
  if (wanted.delete(one)) found.set(one, other)
  for (const [key, value] of Object.entries(one))
    if (typeof value === 'object') findCounterparts(value, Reflect.get(other, key), wanted, found)
}

export const withLocations = (
  errors: readonly GraphQLError[],
  document: DocumentNode,
  text: string,
): readonly GraphQLError[] => {
  if (errors.length === 0) return errors
  const placed = new Map<ASTNode, ASTNode>()
  const named = new Set(errors.flatMap(({ nodes = [] }) => nodes))
  findCounterparts(document, parse(text), named, placed)
  return errors.map(({ message, nodes, path, originalError, extensions }) => {
    const at = nodes?.map((node) => placed.get(node) ?? node)
    return new GraphQLError(message, {
      nodes: at ?? null,
      path: path ?? null,
      originalError: originalError ?? null,
      extensions,
    })
  })
}
