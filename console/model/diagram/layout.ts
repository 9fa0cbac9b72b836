// Positions the objects of a diagram for xyflow. dagre lays them out from left to right, so that foreign keys
// mostly point to the right. Objects without relations follow in rows below.

import { Graph as DagreGraph, layout } from '@dagrejs/dagre'
import { type Edge, MarkerType, type Node } from '@xyflow/react'
import type { Graph, GraphNode } from './graph.ts'

const WIDTH = 172
const HEIGHT = 46
const GAP = 28
const PER_ROW = 5

export type ObjectNode = Node<{ readonly object: GraphNode; readonly isFocus: boolean }, 'object'>

export interface Layout {
  readonly nodes: ObjectNode[]
  readonly edges: Edge[]
}

export const layOut = ({ nodes, edges }: Graph, focus: string | null): Layout => {
  const related = new Set(edges.flatMap(({ from, to }) => [from, to]))
  const dagre = new DagreGraph()
  dagre.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 90 })
  dagre.setDefaultEdgeLabel(() => ({}))
  for (const { name } of nodes) if (related.has(name)) dagre.setNode(name, { width: WIDTH, height: HEIGHT })
  for (const { from, to } of edges) dagre.setEdge(from, to)
  layout(dagre)
  const bottom = Math.max(0, ...[...related].map((name) => dagre.node(name).y + HEIGHT))
  const alone = nodes.filter(({ name }) => !related.has(name)).map(({ name }) => name)
  const placeOf = (name: string) => {
    if (related.has(name)) {
      const { x, y } = dagre.node(name)
      return { x: x - WIDTH / 2, y: y - HEIGHT / 2 }
    }
    const index = alone.indexOf(name)
    return {
      x: (index % PER_ROW) * (WIDTH + GAP),
      y: bottom + GAP + Math.floor(index / PER_ROW) * (HEIGHT + GAP),
    }
  }
  return {
    nodes: nodes.map((object) => ({
      id: object.name,
      type: 'object',
      position: placeOf(object.name),
      width: WIDTH,
      height: HEIGHT,
      data: { object, isFocus: object.name === focus },
    })),
    edges: edges.map(({ from, to, fields }) => ({
      id: `${from} ${to}`,
      source: from,
      target: to,
      label: fields.join(', '),
      markerEnd: { type: MarkerType.ArrowClosed },
    })),
  }
}
