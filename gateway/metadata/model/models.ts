// Data models of workspaces for the metadata API: linked, complete or reduced to what the caller may see. A
// model is cached by the workspace view of requests: when that view is invalidated (a notification, a change
// of ours, its age while notifications are missing), the model is read again. The state of a build is read by
// requests that select it (builds.ts).

import type { Pool } from 'pg'
import { untilReconnected } from '../../../sql/reconnect.ts'
import { isNamedRunning } from '../../../tenants/model/change/run/claim.ts'
import { describe } from '../../../tenants/model/describe/describe.ts'
import { type ColumnsOfFields, columnsOfFields } from '../../../tenants/model/describe/fieldColumns.ts'
import type { ModelMetadata } from '../../../tenants/model/metadata.ts'
import { readSources } from '../../../tenants/model/read/sources.ts'
import type { Permissions } from '../../../tenants/permission/permissions.ts'
import { mayChangeModel } from '../../auth/flags.ts'
import type { CacheBudget } from '../../cache/budget.ts'
import { metadataBytes } from '../../cache/modelBytes.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import type { OpenWorkspace } from '../../workspace/workspaces.ts'
import { linkModel, type ModelNodes } from './nodes.ts'
import { visibleModel } from './visible.ts'

export interface WholeModel {
  readonly nodes: ModelNodes
  readonly columns: ColumnsOfFields
}

export interface Models {
  readonly whole: (workspace: OpenWorkspace<unknown>) => Promise<WholeModel>
  /** What the caller's role may read; everything for a role that may change the model. */
  readonly seenBy: (requestContext: RequestContext<unknown>) => Promise<ModelNodes>
}

interface Read extends WholeModel {
  /** A gateway of the version before runs statements of a change; no version announces their end. */
  readonly isMoving: boolean
  readonly metadata: ModelMetadata
  /** All requests of a role share one permissions value, until it changes. */
  readonly seen: WeakMap<Permissions, ModelNodes>
}

interface Known {
  /** Weak: a view holds its whole model. */
  readonly workspace: WeakRef<OpenWorkspace<unknown>>
  readonly model: Promise<Read>
}

/** Counted until the model is read. */
const LOADING_BYTES = 1_000

export const createModels = (options: { readonly pool: Pool; readonly budget: CacheBudget }): Models => {
  const models = options.budget.open<string, Known>({ name: 'metadata models' })

  const read = async (workspaceId: string): Promise<Read> => {
    // Checked first: a statement that finishes in between is in the model.
    const isMoving = await isNamedRunning(options.pool, workspaceId)
    const described = describe(await readSources(options.pool, workspaceId))
    const { metadata } = described
    return {
      metadata,
      isMoving,
      nodes: linkModel(metadata),
      columns: columnsOfFields(described),
      seen: new WeakMap(),
    }
  }

  const whole = (workspace: OpenWorkspace<unknown>): Promise<Read> => {
    const known = models.get(workspace.id)
    if (known?.workspace.deref() === workspace) return known.model
    const entry = { workspace: new WeakRef(workspace), model: untilReconnected(() => read(workspace.id)) }
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
    const visible = visibleModel(metadata, columns, permissions)
    const linked = visible === metadata ? nodes : linkModel(visible)
    seen.set(permissions, linked)
    return linked
  }

  return Object.freeze({ whole, seenBy })
}
