// Schema versions: everything compiled once for all workspaces with equal data models, by fingerprint. Models
// and their GraphQL schemas (the expensive part) are bounded in bytes, each in a cache of its own. A model
// that goes for lack of room takes the views of its workspaces with it, or they would hold it; a model that
// no workspace has any more goes at once. The GraphQL schema is compiled on the first GraphQL request of the
// schema version, once for concurrent callers, and one at a time per process because it blocks the event
// loop.

import type { Model, Omitted, UnservedFunction } from '../../tenants/model/model.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { countDerived } from '../cache/derived.ts'
import { modelBytes } from '../cache/modelBytes.ts'
import { createOwnedCache } from '../cache/ownedCache.ts'
import { createQueue } from '../slices/queue.ts'

/** What GraphQL turned out not to show, beyond what the model leaves out. */
export interface Dropped {
  readonly tables: readonly Omitted[]
  readonly functions: readonly UnservedFunction[]
}

const NOTHING: Dropped = { tables: [], functions: [] }

export interface SchemaVersion<Compiled> {
  readonly model: Model
  /**
   * The schema version's GraphQL schema, compiled at the first call and after its eviction; a failure is not
   * cached, so the next caller tries again.
   */
  readonly compiled: () => Promise<Compiled>
  /** Empty before compilation. */
  readonly dropped: () => Dropped
}

export interface SchemaVersions<Compiled> {
  readonly of: (model: Model) => SchemaVersion<Compiled>
  /** The schema version that a workspace has from now on. */
  readonly use: (workspaceId: string, model: Model) => SchemaVersion<Compiled>
  /** Counts a use of a schema version in the order of eviction. */
  readonly touch: (schemaHash: string) => unknown
  /** The workspace is gone, or its view is. */
  readonly release: (workspaceId: string) => void
  readonly stats: () => { readonly schemaVersions: number; readonly compilations: number }
}

export interface SchemaVersionsOptions<Compiled> {
  readonly compile: (model: Model) => Promise<Compiled>
  readonly droppedOf: (compiled: Compiled) => Dropped
  readonly sizeOf: (compiled: Compiled) => {
    readonly bytes: () => number
    /** The bytes changed by this many. */
    readonly watch: (onChange: (bytes: number) => void) => void
  }
  readonly budget: CacheBudget
  /** A model is seen for the first time since the start, or after its eviction. */
  readonly onNew?: (model: Model) => void
  /** A model went for lack of room: views of its workspaces have to go too. */
  readonly onEvict: (workspaceIds: Iterable<string>) => void
}

interface Kept<Compiled> {
  readonly version: SchemaVersion<Compiled>
  readonly workspaceIds: Set<string>
}

/** Compiles one model at a time, and a model once for all who wait for it. */
const createCompilations = <Compiled>(compile: (model: Model) => Promise<Compiled>) => {
  const running = new Map<Model, Promise<Compiled>>()
  const inTurn = createQueue()
  let compilations = 0
  const enqueue = (model: Model): Promise<Compiled> =>
    inTurn(() => {
      compilations += 1
      return compile(model)
    })
  return {
    compile: (model: Model): Promise<Compiled> => {
      const known = running.get(model)
      if (known !== undefined) return known
      const turn = enqueue(model).finally(() => running.delete(model))
      running.set(model, turn)
      return turn
    },
    compilations: () => compilations,
  }
}

/** Models by hash, with the workspaces that have them. */
const createKeptModels = <Compiled>(budget: CacheBudget, onEvict: (kept: Kept<Compiled>) => void) => {
  const hashes = new Map<string, string>()
  const models = budget.open<string, Kept<Compiled>>({
    name: 'models',
    onEvict: (_hash, kept) => {
      for (const id of kept.workspaceIds) hashes.delete(id)
      onEvict(kept)
    },
  })
  return {
    models,
    /** After its users are known: it may be the one that goes for lack of room. */
    keep: (kept: Kept<Compiled>): SchemaVersion<Compiled> => {
      const { model } = kept.version
      if (models.peek(model.schemaHash) === kept) return kept.version
      models.set(model.schemaHash, kept, modelBytes(model))
      countDerived(model, (bytes) => models.grow(model.schemaHash, bytes))
      return kept.version
    },
    join: (workspaceId: string, { version, workspaceIds }: Kept<Compiled>): void => {
      workspaceIds.add(workspaceId)
      hashes.set(workspaceId, version.model.schemaHash)
    },
    has: (workspaceId: string, hash: string): boolean => hashes.get(workspaceId) === hash,
    /** The models that go with the workspace: its own, and the ones its roles see. */
    leave: (workspaceId: string): readonly Model[] => {
      const hash = hashes.get(workspaceId) ?? ''
      const users = models.peek(hash)?.workspaceIds
      hashes.delete(workspaceId)
      users?.delete(workspaceId)
      if (users?.size !== 0) return []
      const unused = [...models.entries()].filter(([each]) => each === hash || each.startsWith(`${hash}:`))
      for (const [each] of unused) models.delete(each)
      return unused.map(([, { version }]) => version.model)
    },
  }
}

export const createSchemaVersions = <Compiled>(
  options: SchemaVersionsOptions<Compiled>,
): SchemaVersions<Compiled> => {
  const { budget, droppedOf, sizeOf, onNew, onEvict } = options
  const queue = createCompilations(options.compile)
  const schemas = createOwnedCache<Model, Compiled>(budget, { name: 'GraphQL schemas' })
  const { models, keep, join, has, leave } = createKeptModels<Compiled>(
    budget,
    ({ version, workspaceIds }) => {
      schemas.drop(version.model)
      onEvict(workspaceIds)
    },
  )

  const create = (model: Model): SchemaVersion<Compiled> => {
    let dropped = NOTHING
    return {
      model,
      compiled: async () => {
        const known = schemas.get(model, '')
        if (known !== undefined) return known
        const made = await queue.compile(model)
        dropped = droppedOf(made)
        const { bytes, watch } = sizeOf(made)
        schemas.set(model, '', made, bytes())
        watch((more) => schemas.grow(model, '', more))
        return made
      },
      dropped: () => dropped,
    }
  }
  const keptOf = (model: Model): Kept<Compiled> => {
    const known = models.get(model.schemaHash)
    if (known !== undefined) return known
    const kept = { version: create(model), workspaceIds: new Set<string>() }
    onNew?.(model)
    return kept
  }
  const release = (workspaceId: string): void => {
    for (const model of leave(workspaceId)) schemas.drop(model)
  }

  return {
    of: (model) => keep(keptOf(model)),
    use: (workspaceId, model) => {
      if (!has(workspaceId, model.schemaHash)) release(workspaceId)
      const kept = keptOf(model)
      join(workspaceId, kept)
      return keep(kept)
    },
    touch: models.get,
    release,
    stats: () => ({ schemaVersions: models.size(), compilations: queue.compilations() }),
  }
}
