// Places in documents that are kept. In: a document that is known to be valid; out: the same with the places
// of its fields alone, where errors of execution point to. As it is parsed, every node holds tokens, and each
// token the next one: four times the size of the rest.

import { type ASTNode, type DocumentNode, Kind, type Location } from 'postgraphile/graphql'

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'

/** What an error reads of a place. */
const placeOf = ({ start, end, source }: Location): Pick<Location, 'start' | 'end' | 'source'> => ({
  start,
  end,
  source,
})

/** Lists that may be left out where they are empty. */
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
