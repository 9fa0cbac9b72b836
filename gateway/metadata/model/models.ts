// Data models of workspaces for the metadata API: linked, complete or reduced to what the caller may see. A
// model is cached by the workspace view of requests: when that view is invalidated (a notification, a change
// of ours, its age while notifications are missing), the model is read again. The state of a build is read by
// requests that select it (builds.ts).

import type { Pool } from 'pg'
import { untilReconnected } from '../../../sql/reconnect.ts'
import { isNamedRunning } from '../../../tenants/model/change/run/claim.ts'
import { describeInSteps } from '../../../tenants/model/describe/describe.ts'
import { type ColumnsOfFields, columnsOfFields } from '../../../tenants/model/describe/fieldColumns.ts'
import type { ModelMetadata } from '../../../tenants/model/metadata.ts'
import type { Reuse } from '../../../tenants/model/read/reuse.ts'
import { createSlices, runInSlices, type SlicesOptions } from '../../../tenants/model/read/slices.ts'
import { readSources } from '../../../tenants/model/read/sources.ts'
import type { Permissions } from '../../../tenants/permission/permissions.ts'
import { mayChangeModel } from '../../auth/flags.ts'
import type { CacheBudget } from '../../cache/budget.ts'
import { metadataBytes } from '../../cache/modelBytes.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import type { OpenWorkspace } from '../../workspace/workspaces.ts'
import { linkModel, type ModelNodes } from './nodes.ts'
import { visibleModel } from './visible.ts'

type View = Pick<OpenWorkspace<unknown>, 'id'>

export interface WholeModel {
  readonly nodes: ModelNodes
  readonly columns: ColumnsOfFields
}

export interface Models {
  readonly whole: (workspace: View) => Promise<WholeModel>
  /** What the caller's role may read; everything for a role that may change the model. */
  readonly seenBy: (requestContext: RequestContext<unknown>) => Promise<ModelNodes>
}

interface Read extends WholeModel {
  /** A gateway of the version before runs statements of a change; no version announces their end. */
  readonly isMoving: boolean
  readonly metadata: ModelMetadata
  /** All requests of a role share one permissions value, until it changes. */
  readonly seen: WeakMap<Permissions, Promise<ModelNodes>>
}

interface Known {
  /** Weak: a view holds its whole model. */
  readonly workspace: WeakRef<View>
  readonly model: Promise<Read>
}

/** Counted until the model is read. */
const LOADING_BYTES = 1_000

/** Columns after which a slice ends. Measured: 20 µs each. */
const MAX_COLUMNS_PER_SLICE = 300

interface ModelsOptions {
  readonly pool: Pool
  readonly budget: CacheBudget
  /** Parts of the models of the record APIs: where nothing is switched off, they have them all. */
  readonly reuse: Reuse
  readonly onSlice?: SlicesOptions['onSlice']
}

const read = async ({ pool, reuse, onSlice }: ModelsOptions, workspaceId: string): Promise<Read> => {
  // Checked first: a statement that finishes in between is in the model.
  const isMoving = await isNamedRunning(pool, workspaceId)
  const sources = await readSources(pool, workspaceId)
  const slices = createSlices({ maxUnits: MAX_COLUMNS_PER_SLICE, onSlice })
  const described = await runInSlices(describeInSteps(sources, { reuse }), slices)
  const { metadata } = described
  const nodes = await linkModel(metadata, onSlice)
  const columns = await runInSlices(columnsOfFields(described), slices)
  return { metadata, isMoving, nodes, columns, seen: new WeakMap() }
}

export const createModels = (options: ModelsOptions): Models => {
  const models = options.budget.open<string, Known>({ name: 'metadata models' })

  const whole = (workspace: View): Promise<Read> => {
    const known = models.get(workspace.id)
    if (known?.workspace.deref() === workspace) return known.model
    const entry = {
      workspace: new WeakRef(workspace),
      model: untilReconnected(() => read(options, workspace.id)),
    }
    models.set(workspace.id, entry, LOADING_BYTES)
    const isCurrent = (): boolean => models.peek(workspace.id) === entry
    const forget = (): void => {
      if (isCurrent()) models.delete(workspace.id)
    }
    entry.model.then(({ isMoving, metadata }) => {
      if (isMoving) forget()
      else if (isCurrent()) models.set(workspace.id, entry, metadataBytes(metadata))
    }, forget)
    return entry.model
  }

  const seenBy = async ({ caller, workspace, permissions }: RequestContext<unknown>): Promise<ModelNodes> => {
    const { metadata, nodes, columns, seen } = await whole(workspace)
    if (mayChangeModel(caller)) {
      const { tables, functions } = workspace.schemaVersion.dropped()
      return tables.length + functions.length === 0
        ? nodes
        : {
            ...nodes,
            omitted: [...nodes.omitted, ...tables],
            unserved: [...nodes.unserved, ...functions],
          }
    }
    const known = seen.get(permissions)
    if (known !== undefined) return known
    const link = async (): Promise<ModelNodes> => {
      const visible = visibleModel(metadata, columns, permissions)
      return visible === metadata ? nodes : linkModel(visible, options.onSlice)
    }
    const linked = link()
    seen.set(permissions, linked)
    return linked
  }

  return Object.freeze({ whole, seenBy })
}
