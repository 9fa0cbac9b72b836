// Cached views of workspaces: schema, version, model, limits. A view is immutable, read once and kept until a
// change is announced. A request keeps the view it started with.

import type { Pool } from 'pg'
import { type Catalog, readCatalog } from '../../sql/catalog/catalog.ts'
import type { Session } from '../../sql/pipeline/pool.ts'
import type { Placement } from '../../sql/placement.ts'
import { untilReconnected } from '../../sql/reconnect.ts'
import { limitsOf, type WorkspaceLimits } from '../../tenants/limits.ts'
import { type CountMode, countModeOf } from '../../tenants/model/countMode.ts'
import type { Model } from '../../tenants/model/model.ts'
import type { AnnotationSources } from '../../tenants/model/read/annotation.ts'
import { fingerprintInSteps } from '../../tenants/model/read/catalogFingerprint.ts'
import { deriveInSteps } from '../../tenants/model/read/derive.ts'
import { type Registry, registrySql } from '../../tenants/model/read/registry.ts'
import { createReuse, notingParts, type PartKind, type Reuse } from '../../tenants/model/read/reuse.ts'
import { createSlices, runInSlices } from '../../tenants/model/read/slices.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { createLoadingCache, type IsWatched } from '../cache/loadingCache.ts'
import { createNextRun } from '../cache/nextRun.ts'
import { isWorkspaceGone, workspaceGone } from '../error/workspaceGone.ts'
import type { SchemaVersion, SchemaVersions } from './schemaVersions.ts'

export interface OpenWorkspace<Compiled> {
  readonly id: string
  readonly name: string
  readonly schema: string
  /** Names of its tables on its node, where they have others than in the model. */
  readonly shards: Session['shards']
  readonly version: number
  readonly status: string
  readonly settings: Readonly<Record<string, unknown>>
  /** Limits set by the workspace itself. */
  readonly limits: WorkspaceLimits
  /** How the totals of lists are found, unless the caller prefers otherwise. */
  readonly countMode: CountMode
  /** The quota that keeps records from being created; null: none. */
  readonly quotaReached: string | null
  readonly schemaVersion: SchemaVersion<Compiled>
}

export interface Workspaces<Compiled> {
  /** Parts of the models that are in use. */
  readonly reuse: Reuse
  /** Rejects with Problem UNAUTHENTICATED if the workspace is gone. */
  readonly open: (id: string) => Promise<OpenWorkspace<Compiled>>
  /** Invalidates the workspace: later callers reload it. */
  readonly forget: (id: string) => void
  /** @param payload of a notification: `workspace <id> <version>`; others are ignored. */
  readonly invalidate: (payload: string) => void
  readonly invalidateAll: () => void
  /** Frees views that are still current. */
  readonly drop: (ids: Iterable<string>) => void
  /** Whether every change is announced. */
  readonly setAnnounced: (isAnnounced: boolean) => void
  /** Whether a view is older than the database. */
  readonly isOutdated: (view: Pick<OpenWorkspace<Compiled>, 'id' | 'version'>) => Promise<boolean>
  readonly stats: () => { readonly workspaces: number }
}

interface WorkspacesOptions<Compiled> {
  readonly ownerPool: Pool
  readonly schemaVersions: SchemaVersions<Compiled>
  /** Whether announcements are received now. */
  readonly isWatched: IsWatched
  readonly budget: CacheBudget
  /** Names of a schema's tables on its node. Default: those of the model. */
  readonly shardsOf?: Placement['shardsOf']
  /** Called with every model that is read. */
  readonly onRead?: (id: string, model: Model) => void
  /** Called with every part of a model that is derived. */
  readonly onDerive?: (kind: PartKind) => void
  readonly now?: () => number
}

interface Row {
  readonly name: string
  readonly schema_name: string
  readonly version: string
  readonly status: string
  readonly settings: Record<string, unknown>
  readonly has_standard_objects: boolean
  readonly registry: Registry
  readonly quota_reached: string | null
}

/** Size of a view without its settings; its schema version is shared. */
const VIEW_BYTES = 1_000

const FIND_SQL = `select name, schema_name, version, status, settings, quota_reached, has_standard_objects, ${registrySql('id')} as registry
from tenantry.workspaces where id = $1 and deleted_at is null`

/** Two short names and their place in a map. */
const BYTES_PER_SHARD = 200
/** Of a fingerprint and a reference. */
const KNOWN_MODEL_BYTES = 300

/** Of a digest and a reference. */
const KNOWN_PART_BYTES = 200

/** Columns after which a slice of deriving a model ends. Measured: 25 µs each, several times. */
const MAX_COLUMNS_PER_SLICE = 300

/** Columns after which a slice of comparing a catalog ends. Measured: 5 µs each. */
const MAX_COLUMNS_PER_FINGERPRINT = 1_000

type FindModel = (catalog: Catalog, sources: AnnotationSources) => Promise<Model>
type KnownParts = ReturnType<typeof createKnownParts>

/** Parts of models by what they were derived from, as long as one of the models is in use. */
const createKnownParts = (budget: CacheBudget, onDerive?: (kind: PartKind) => void) => {
  const known = budget.open<string, WeakRef<object>>({ name: 'parts of models' })
  const byModel = new WeakMap<Model, ReadonlySet<object>>()
  const reuse = createReuse(
    {
      get: (name) => known.get(name)?.deref(),
      set: (name, part) => void known.set(name, new WeakRef(part), KNOWN_PART_BYTES),
    },
    onDerive,
  )
  return { reuse, keep: (model: Model, parts: ReadonlySet<object>) => void byModel.set(model, parts) }
}

/**
 * Models of catalogs that were read before, while a schema version holds them; others are derived, as far as
 * they differ from models in use.
 */
const createFindModel = (budget: CacheBudget, parts: KnownParts): FindModel => {
  const known = budget.open<string, WeakRef<Model>>({ name: 'models by catalog' })
  const beingDerived = new Map<string, Promise<Model>>()
  return async (catalog, sources) => {
    const comparing = createSlices({ maxUnits: MAX_COLUMNS_PER_FINGERPRINT })
    const fingerprint = await runInSlices(fingerprintInSteps(catalog, sources), comparing)
    const found = known.get(fingerprint)?.deref() ?? beingDerived.get(fingerprint)
    if (found !== undefined) return found
    const derive = async (): Promise<Model> => {
      const slices = createSlices({ maxUnits: MAX_COLUMNS_PER_SLICE })
      const { reuse, used } = notingParts(parts.reuse)
      const model = await runInSlices(deriveInSteps(catalog, { ...sources, reuse }), slices)
      parts.keep(model, used)
      known.set(fingerprint, new WeakRef(model), KNOWN_MODEL_BYTES)
      return model
    }
    const derived = derive().finally(() => beingDerived.delete(fingerprint))
    beingDerived.set(fingerprint, derived)
    return derived
  }
}

/**
 * The version is read before the catalog: a change in between is announced later and invalidates the view.
 */
const readWorkspace = async <Compiled>(
  { ownerPool, schemaVersions, shardsOf, onRead }: WorkspacesOptions<Compiled>,
  findModel: FindModel,
  id: string,
): Promise<OpenWorkspace<Compiled>> => {
  const { rows } = await ownerPool.query<Row>({ name: 'tenantry_workspace', text: FIND_SQL, values: [id] })
  const [row] = rows
  if (row === undefined) throw workspaceGone()
  const catalog = await readCatalog(ownerPool, row.schema_name)
  if (catalog === null) throw workspaceGone()
  // After the catalog: each of its tables that exists has a name, and the model's version is older.
  const shards = await shardsOf?.(row.schema_name)
  const model = await findModel(catalog, { standard: row.has_standard_objects, registry: row.registry })
  onRead?.(id, model)
  return {
    id,
    name: row.name,
    schema: row.schema_name,
    shards,
    version: Number(row.version),
    status: row.status,
    settings: row.settings,
    limits: limitsOf(row.settings),
    quotaReached: row.quota_reached,
    countMode: countModeOf(row.settings),
    schemaVersion: schemaVersions.use(id, model),
  }
}

/** The version of its model; undefined for a workspace that is gone. */
const readVersion = async (ownerPool: Pool, id: string): Promise<number | undefined> => {
  const { rows } = await untilReconnected(() =>
    ownerPool.query<{ version: string }>({
      name: 'tenantry_workspace_version',
      text: 'select version from tenantry.workspaces where id = $1',
      values: [id],
    }),
  )
  return rows[0] === undefined ? undefined : Number(rows[0].version)
}

export const createWorkspaces = <Compiled>(options: WorkspacesOptions<Compiled>): Workspaces<Compiled> => {
  const { schemaVersions } = options
  const parts = createKnownParts(options.budget, options.onDerive)
  const findModel = createFindModel(options.budget, parts)
  const read = async (id: string): Promise<OpenWorkspace<Compiled>> => {
    try {
      return await readWorkspace(options, findModel, id)
    } catch (error) {
      if (isWorkspaceGone(error)) schemaVersions.release(id)
      throw error
    }
  }
  const views = createLoadingCache<OpenWorkspace<Compiled>>({
    load: read,
    budget: options.budget,
    cache: { name: 'workspaces' },
    bytesOf: ({ settings, shards }) =>
      VIEW_BYTES + JSON.stringify(settings).length + BYTES_PER_SHARD * (shards?.size ?? 0),
    onEvict: schemaVersions.release,
    maxAgeMs: Number.POSITIVE_INFINITY,
    isWatched: options.isWatched,
    clock: options.now,
  })

  // However many requests name what is unknown, their looks have one connection of the owner.
  const currentVersion = createNextRun((id) => readVersion(options.ownerPool, id))

  return {
    reuse: parts.reuse,
    open: views.get,
    forget: views.forgetKey,
    invalidate: (payload) => {
      const [kind, id] = payload.split(' ')
      if (kind === 'workspace' && id !== undefined) views.forgetKey(id)
    },
    invalidateAll: views.forgetAll,
    drop: (ids) => {
      for (const id of ids) views.drop(id)
    },
    setAnnounced: views.setAnnounced,
    isOutdated: async ({ id, version }) => {
      const current = await currentVersion(id)
      return current !== undefined && current > version
    },
    stats: () => ({ workspaces: views.size() }),
  }
}
