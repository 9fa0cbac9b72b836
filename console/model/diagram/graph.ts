// Objects and their relations as a graph, whole or around one object. An edge per pair of objects, from the
// one with the foreign key. layout.ts positions them.

import { useQuery } from '@tanstack/react-query'
import { useApi } from '../../session/provider.tsx'
import { MODEL_KEY } from '../objectQueries.ts'
import { type RelatedObjectFragment, Relations } from '../objects.graphql.ts'

export interface GraphNode {
  readonly name: string
  readonly label: string
  readonly isCustom: boolean
}

interface GraphEdge {
  readonly from: string
  readonly to: string
  /** Names of the fields at `from` that point to `to`. */
  readonly fields: readonly string[]
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

const edgesOf = (object: RelatedObjectFragment): readonly GraphEdge[] => {
  const fields = new Map<string, string[]>()
  for (const field of object.fieldsList)
    for (const end of field.relation === null ? (field.morphRelations ?? []) : [field.relation]) {
      if (end.type !== 'MANY_TO_ONE') continue
      const to = end.targetObjectMetadata.nameSingular
      fields.set(to, [...(fields.get(to) ?? []), field.name])
    }
  return [...fields].map(([to, names]) => ({ from: object.nameSingular, to, fields: names }))
}

const graphOf = (objects: readonly RelatedObjectFragment[]): Graph => ({
  nodes: objects.map(({ nameSingular, labelPlural, isCustom }) => ({
    name: nameSingular,
    label: labelPlural,
    isCustom,
  })),
  edges: objects.flatMap(edgesOf),
})

export const useGraph = () => {
  const api = useApi()
  return useQuery({
    queryKey: [MODEL_KEY, 'relations'],
    queryFn: async () => graphOf((await api.metadata(Relations)).objects.edges.map(({ node }) => node)),
  })
}

/** The subgraph of some objects. */
export const among = ({ nodes, edges }: Graph, names: ReadonlySet<string>): Graph => ({
  nodes: nodes.filter(({ name }) => names.has(name)),
  edges: edges.filter(({ from, to }) => names.has(from) && names.has(to)),
})

/** An object and everything within `distance` relations of it. */
export const around = (graph: Graph, name: string, distance: number): Graph => {
  let names = new Set([name])
  let edges: readonly GraphEdge[] = []
  for (let step = 0; step < distance; step += 1) {
    edges = graph.edges.filter(({ from, to }) => names.has(from) || names.has(to))
    names = new Set([...names, ...edges.flatMap(({ from, to }) => [from, to])])
  }
  return { nodes: graph.nodes.filter((node) => names.has(node.name)), edges }
}

/**
 * The first focus of a large diagram: the object with the most relations among those whose neighborhood has
 * at most so many.
 */
export const mostRelated = ({ nodes, edges }: Graph, atMost: number): string | undefined => {
  const degree = new Map<string, number>()
  for (const { from, to } of edges)
    for (const name of [from, to]) degree.set(name, (degree.get(name) ?? 0) + 1)
  const degreeOf = ({ name }: GraphNode): number => degree.get(name) ?? 0
  const related = nodes.toSorted((a, b) => degreeOf(b) - degreeOf(a))
  return (related.find((node) => degreeOf(node) < atMost) ?? related[0])?.name
}
