// Shapes: everything that is compiled once for all workspaces whose data models are alike. In: a model; out:
// the shape of that fingerprint, made on first sight, bounded in number. The GraphQL schema (the expensive
// part) is built when GraphQL is first spoken to the shape, once however many ask, and one at a time per
// process since it blocks the event loop.

import { LRUCache } from 'lru-cache'
import type { Model, Omitted } from '../../tenants/model/model.ts'

export interface Shape<Compiled> {
  readonly model: Model
  /**
   * The shape's GraphQL schema, compiled at the first call; a failure is not kept, so the next caller tries
   * again.
   */
  readonly compiled: () => Promise<Compiled>
  /** Tables that GraphQL turned out not to show; none before it was compiled. */
  readonly dropped: () => readonly Omitted[]
}

export interface Shapes<Compiled> {
  readonly of: (model: Model) => Shape<Compiled>
  readonly stats: () => { readonly shapes: number; readonly compilations: number }
}

export interface ShapesOptions<Compiled> {
  readonly compile: (model: Model) => Promise<Compiled>
  readonly droppedOf: (compiled: Compiled) => readonly Omitted[]
  /** A model is seen for the first time since the start, or after it was forgotten. */
  readonly onNew?: (model: Model) => void
  /** Shapes kept; each holds 4 MB at a dozen tables once GraphQL was used. */
  readonly maxShapes: number
}

export const createShapes = <Compiled>({
  compile,
  droppedOf,
  onNew,
  maxShapes,
}: ShapesOptions<Compiled>): Shapes<Compiled> => {
  const shapes = new LRUCache<string, Shape<Compiled>>({ max: maxShapes })
  let compilations = 0
  let queue: Promise<unknown> = Promise.resolve()

  const enqueue = (model: Model): Promise<Compiled> => {
    const turn = queue.then(() => {
      compilations += 1
      return compile(model)
    })
    queue = turn.catch(() => {})
    return turn
  }

  const create = (model: Model): Shape<Compiled> => {
    let compiled: Promise<Compiled> | undefined
    let dropped: readonly Omitted[] = []
    return {
      model,
      compiled: () => {
        if (compiled === undefined) {
          const attempt = enqueue(model)
          compiled = attempt
          attempt.then(
            (made) => {
              dropped = droppedOf(made)
            },
            () => {
              if (compiled === attempt) compiled = undefined
            },
          )
        }
        return compiled
      },
      dropped: () => dropped,
    }
  }

  return {
    of: (model) => {
      const known = shapes.get(model.shape)
      if (known !== undefined) return known
      const shape = create(model)
      shapes.set(model.shape, shape)
      onNew?.(model)
      return shape
    },
    stats: () => ({ shapes: shapes.size, compilations }),
  }
}
