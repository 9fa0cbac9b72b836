// Workspaces as requests meet them: which schema, which version, which shape. In: a workspace's id; out: an
// immutable view of it, read once and kept until something is said to have changed. A request keeps the view
// it began with; one that begins after a change was announced never gets an older one, not even from a load
// that was under way.

import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { readCatalog } from '../../sql/catalog.ts'
import { untilReconnected } from '../../sql/reconnect.ts'
import type { Model } from '../../tenants/model/model.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { type Registry, registrySql } from '../../tenants/model/read/registry.ts'
import { Problem } from '../error/problem.ts'
import type { Shape, Shapes } from './schemaVersions.ts'

export interface OpenWorkspace<Compiled> {
  readonly id: string
  readonly name: string
  readonly schema: string
  readonly version: number
  readonly status: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly shape: Shape<Compiled>
}

export interface Workspaces<Compiled> {
  /** Rejects with Problem UNAUTHENTICATED where the workspace is gone. */
  readonly open: (id: string) => Promise<OpenWorkspace<Compiled>>
  /** The workspace changed: whoever asks from now on gets it anew. */
  readonly forget: (id: string) => void
  readonly forgetAll: () => void
  /** Whether a view is older than what the database has by now. */
  readonly isOutdated: (view: Pick<OpenWorkspace<Compiled>, 'id' | 'version'>) => Promise<boolean>
  readonly stats: () => { readonly workspaces: number }
}

export interface WorkspacesOptions<Compiled> {
  readonly ownerPool: Pool
  readonly shapes: Shapes<Compiled>
  /** Whether every change is announced; if not, a view is good for `maxAgeMs` only. */
  readonly isWatched: () => boolean
  readonly maxAgeMs: number
  readonly maxWorkspaces: number
  /** Called with every model that is read. */
  readonly onRead?: (id: string, model: Model) => void
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
}

const FIND_SQL = `select name, schema_name, version, status, settings, has_standard_objects, ${registrySql('id')} as registry
from tenantry.workspaces where id = $1`

export const createWorkspaces = <Compiled>(options: WorkspacesOptions<Compiled>): Workspaces<Compiled> => {
  const { ownerPool, shapes, isWatched, maxAgeMs, now = () => performance.now() } = options
  const views = new LRUCache<
    string,
    { readonly view: Promise<OpenWorkspace<Compiled>>; readonly readAt: number }
  >({
    max: options.maxWorkspaces,
  })

  const gone = (): Problem =>
    new Problem('UNAUTHENTICATED', 'Workspace not found', { subCode: 'WORKSPACE_NOT_FOUND' })

  /**
   * The version is read before the catalog: a change in between is announced later and makes this view go.
   */
  const load = async (id: string): Promise<OpenWorkspace<Compiled>> => {
    const { rows } = await ownerPool.query<Row>({ name: 'tenantry_workspace', text: FIND_SQL, values: [id] })
    const [row] = rows
    if (row === undefined) throw gone()
    const catalog = await readCatalog(ownerPool, row.schema_name)
    if (catalog === null) throw gone()
    const model = deriveModel(catalog, {
      standard: row.has_standard_objects,
      registry: row.registry,
    })
    options.onRead?.(id, model)
    return {
      id,
      name: row.name,
      schema: row.schema_name,
      version: Number(row.version),
      status: row.status,
      settings: row.settings,
      shape: shapes.of(model),
    }
  }

  return {
    open: (id) => {
      const known = views.get(id)
      if (known !== undefined && (isWatched() || now() - known.readAt <= maxAgeMs)) return known.view
      const entry = { view: untilReconnected(() => load(id)), readAt: now() }
      views.set(id, entry)
      entry.view.catch(() => {
        if (views.peek(id) === entry) views.delete(id)
      })
      return entry.view
    },
    forget: (id) => {
      views.delete(id)
    },
    forgetAll: () => {
      views.clear()
    },
    isOutdated: async ({ id, version }) => {
      const { rows } = await untilReconnected(() =>
        ownerPool.query<{ version: string }>({
          name: 'tenantry_workspace_version',
          text: 'select version from tenantry.workspaces where id = $1',
          values: [id],
        }),
      )
      return rows[0] !== undefined && Number(rows[0].version) > version
    },
    stats: () => ({ workspaces: views.size }),
  }
}
