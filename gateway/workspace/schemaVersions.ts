// Schema versions: everything compiled once for all workspaces with equal data models, by fingerprint,
// bounded in number. The GraphQL schema (the expensive part) is compiled on the first GraphQL request of the
// schema version, once for concurrent callers, and one at a time per process because it blocks the event
// loop.

import { LRUCache } from 'lru-cache'
import type { Model, Omitted } from '../../tenants/model/model.ts'

export interface SchemaVersion<Compiled> {
  readonly model: Model
  /**
   * The schema version's GraphQL schema, compiled at the first call; a failure is not cached, so the next
   * caller tries again.
   */
  readonly compiled: () => Promise<Compiled>
  /** Tables that GraphQL turned out not to show; empty before compilation. */
  readonly dropped: () => readonly Omitted[]
}

export interface SchemaVersions<Compiled> {
  readonly of: (model: Model) => SchemaVersion<Compiled>
  readonly stats: () => { readonly schemaVersions: number; readonly compilations: number }
}

export interface SchemaVersionsOptions<Compiled> {
  readonly compile: (model: Model) => Promise<Compiled>
  readonly droppedOf: (compiled: Compiled) => readonly Omitted[]
  /** A model is seen for the first time since the start, or after its eviction. */
  readonly onNew?: (model: Model) => void
  /** Schema versions kept; each takes about 0.8 MB once GraphQL was used. */
  readonly maxSchemaVersions: number
}

export const createSchemaVersions = <Compiled>({
  compile,
  droppedOf,
  onNew,
  maxSchemaVersions,
}: SchemaVersionsOptions<Compiled>): SchemaVersions<Compiled> => {
  const schemaVersions = new LRUCache<string, SchemaVersion<Compiled>>({ max: maxSchemaVersions })
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

  const create = (model: Model): SchemaVersion<Compiled> => {
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
      const known = schemaVersions.get(model.schemaHash)
      if (known !== undefined) return known
      const schemaVersion = create(model)
      schemaVersions.set(model.schemaHash, schemaVersion)
      onNew?.(model)
      return schemaVersion
    },
    stats: () => ({ schemaVersions: schemaVersions.size, compilations }),
  }
}
