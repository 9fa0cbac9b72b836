// The direction in which values flow between folders, and the circles, if any. A folder that contains other
// folders is not a single place: its own files count one by one, because some are the base of its folders and
// others combine them.

import { dirname } from 'node:path'
import type { Source } from './sources.ts'

export interface Direction {
  /** Groups of places each of which leads to all others of its group. */
  readonly circles: readonly (readonly string[])[]
}

type Graph = ReadonlyMap<string, ReadonlySet<string>>

const graphOf = (sources: readonly Source[]): Graph => {
  const folders = new Set(sources.map(({ path }) => dirname(path)))
  const holders = new Set([...folders].map((folder) => dirname(folder)))
  const placeOf = (path: string): string => (holders.has(dirname(path)) ? path : dirname(path))
  const graph = new Map<string, Set<string>>()
  for (const { path, imports } of sources) {
    const place = placeOf(path)
    const targets = graph.get(place) ?? new Set()
    graph.set(place, targets)
    for (const imported of imports) if (!imported.isOfTypes) targets.add(placeOf(imported.path))
  }
  return graph
}

const reachedFrom = (graph: Graph, start: string): ReadonlySet<string> => {
  const reached = new Set<string>()
  const waiting = [...(graph.get(start) ?? [])]
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (reached.has(place)) continue
    reached.add(place)
    waiting.push(...(graph.get(place) ?? []))
  }
  return reached
}

export const directionOf = (sources: readonly Source[]): Direction => {
  const graph = graphOf(sources)
  const reached = new Map([...graph.keys()].map((place) => [place, reachedFrom(graph, place)]))
  const isMutual = (one: string, other: string): boolean =>
    one !== other && reached.get(one)?.has(other) === true && reached.get(other)?.has(one) === true
  const places = [...graph.keys()].toSorted()
  const circles = Map.groupBy(
    places.filter((place) => places.some((other) => isMutual(place, other))),
    (place) => places.find((other) => other === place || isMutual(place, other)) ?? place,
  )
  return { circles: [...circles.values()] }
}
