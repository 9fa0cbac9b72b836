// Objects and their relations as a graph. In: the model; out: nodes and edges, all of them or the
// neighbourhood of one. Every foreign key is one edge, from the object that holds it to the one that it
// points to. Not decided here: where things stand (layout.ts).

import { useQuery } from '@tanstack/react-query'
import { useApi } from '../../session/provider.tsx'
import { MODEL_KEY } from '../objectQueries.ts'

interface RelationTarget {
  readonly type: 'MANY_TO_ONE' | 'ONE_TO_MANY'
  readonly targetObjectMetadata: { readonly nameSingular: string }
}

interface RelatedObject {
  readonly nameSingular: string
  readonly labelPlural: string
  readonly isSystem: boolean
  readonly isCustom: boolean
  readonly fieldsList: readonly {
    readonly name: string
    readonly relation: RelationTarget | null
    readonly morphRelations: readonly RelationTarget[] | null
  }[]
}

export interface GraphNode {
  readonly name: string
  readonly label: string
  readonly isCustom: boolean
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  /** Names of the fields at `from` that point to `to`. */
  readonly fields: readonly string[]
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

const END = '{ type targetObjectMetadata { nameSingular } }'
const RELATIONS = `query Relations { objects(paging: { first: 1000 }) { edges { node {
  nameSingular labelPlural isSystem isCustom fieldsList { name relation ${END} morphRelations ${END} } } } } }`

const edgesOf = (object: RelatedObject): readonly GraphEdge[] => {
  const fields = new Map<string, string[]>()
  for (const field of object.fieldsList)
    for (const end of field.relation === null ? (field.morphRelations ?? []) : [field.relation]) {
      if (end.type !== 'MANY_TO_ONE') continue
      const to = end.targetObjectMetadata.nameSingular
      fields.set(to, [...(fields.get(to) ?? []), field.name])
    }
  return [...fields].map(([to, names]) => ({ from: object.nameSingular, to, fields: names }))
}

const graphOf = (objects: readonly RelatedObject[]): Graph => ({
  nodes: objects.map(({ nameSingular, labelPlural, isCustom }) => ({
    name: nameSingular,
    label: labelPlural,
    isCustom,
  })),
  edges: objects.flatMap(edgesOf),
})

interface Answer {
  readonly objects: { readonly edges: readonly { readonly node: RelatedObject }[] }
}

export const useGraph = () => {
  const api = useApi()
  return useQuery({
    queryKey: [MODEL_KEY, 'relations'],
    queryFn: async () =>
      graphOf((await api.metadata<Answer>(RELATIONS)).objects.edges.map(({ node }) => node)),
  })
}

/** The part of a graph that consists of some objects. */
export const among = ({ nodes, edges }: Graph, names: ReadonlySet<string>): Graph => ({
  nodes: nodes.filter(({ name }) => names.has(name)),
  edges: edges.filter(({ from, to }) => names.has(from) && names.has(to)),
})

/** An object, the relations within so many steps of it, and what they lead to. */
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
 * Where a picture of too many begins: the object with the most relations among those whose neighbourhood can
 * be taken in.
 */
export const mostRelated = ({ nodes, edges }: Graph, atMost: number): string | undefined => {
  const degree = new Map<string, number>()
  for (const { from, to } of edges)
    for (const name of [from, to]) degree.set(name, (degree.get(name) ?? 0) + 1)
  const degreeOf = ({ name }: GraphNode): number => degree.get(name) ?? 0
  const related = nodes.toSorted((a, b) => degreeOf(b) - degreeOf(a))
  return (related.find((node) => degreeOf(node) < atMost) ?? related[0])?.name
}
