// Reduces the locations in cached documents to those of fields, which errors of execution need. As parsed,
// every node holds tokens, and each token the next one: four times the size of the rest.

import { type ASTNode, type DocumentNode, Kind, type Location } from 'postgraphile/graphql'

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'

/** The part of a location that an error reads. */
const placeOf = ({ start, end, source }: Location): Pick<Location, 'start' | 'end' | 'source'> => ({
  start,
  end,
  source,
})

/** Lists that may be omitted if empty. */
const OPTIONAL = new Set(['arguments', 'directives', 'variableDefinitions'])

const slimmed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(slimmed)
  if (!isNode(value)) return value
  const node: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) {
    const isAbsent = inner === undefined || (OPTIONAL.has(key) && Array.isArray(inner) && inner.length === 0)
    if (key !== 'loc' && !isAbsent) node[key] = slimmed(inner)
  }
  if (value.kind === Kind.FIELD && value.loc !== undefined) node.loc = placeOf(value.loc)
  return node
}

export const withoutTokens = (document: DocumentNode): DocumentNode => slimmed(document) as DocumentNode
