// The data models of workspaces as the metadata API reads them. In: a workspace as a request opened it; out:
// its linked model, whole or as far as the caller may see. A model is kept for as long as requests open the
// very same view of the workspace: whatever makes that view go (a notification, a change of ours, its age
// where nobody listens) makes the model be read again. While indexes are being built nobody tells how far
// they are, so that a model is read for each who asks.

import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { untilReconnected } from '../../../sql/reconnect.ts'
import { hasUnfinishedSteps } from '../../../tenants/model/change/run/unfinished.ts'
import { describe } from '../../../tenants/model/describe/describe.ts'
import { type ColumnsOfFields, columnsOfFields } from '../../../tenants/model/describe/fieldColumns.ts'
import type { ModelMetadata } from '../../../tenants/model/metadata.ts'
import { readSources } from '../../../tenants/model/read/sources.ts'
import type { Permissions } from '../../../tenants/permission/permissions.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import type { OpenWorkspace } from '../../workspace/workspaces.ts'
import { mayChangeModel } from '../permission.ts'
import { linkModel, type ModelNodes } from './nodes.ts'
import { visibleModel } from './visible.ts'

export interface WholeModel {
  readonly nodes: ModelNodes
  readonly columns: ColumnsOfFields
}

export interface Models {
  readonly whole: (workspace: OpenWorkspace<unknown>) => Promise<WholeModel>
  /** What the caller's role may read; everything where it may change the model. */
  readonly seenBy: (requestContext: RequestContext<unknown>) => Promise<ModelNodes>
}

interface Read extends WholeModel {
  /** Statements of changes run that no version tells of. */
  readonly isMoving: boolean
  readonly metadata: ModelMetadata
  /** Permissions are one value for all requests of a role, until they change. */
  readonly seen: WeakMap<Permissions, ModelNodes>
}

interface Known {
  readonly workspace: OpenWorkspace<unknown>
  readonly model: Promise<Read>
}

export const createModels = (options: { readonly pool: Pool; readonly maxModels: number }): Models => {
  const models = new LRUCache<string, Known>({ max: options.maxModels })

  const read = async (workspaceId: string): Promise<Read> => {
    // Asked first: what is finished in between is in the model.
    const isMoving = await hasUnfinishedSteps(options.pool, workspaceId)
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
    if (known?.workspace === workspace) return known.model
    const entry = { workspace, model: untilReconnected(() => read(workspace.id)) }
    models.set(workspace.id, entry)
    const forget = (): void => {
      if (models.peek(workspace.id) === entry) models.delete(workspace.id)
    }
    entry.model.then(({ isMoving }) => {
      if (isMoving) forget()
    }, forget)
    return entry.model
  }

  const seenBy = async ({ caller, workspace, permissions }: RequestContext<unknown>): Promise<ModelNodes> => {
    const { metadata, nodes, columns, seen } = await whole(workspace)
    if (mayChangeModel(caller)) {
      const dropped = workspace.schemaVersion.dropped()
      return dropped.length === 0 ? nodes : { ...nodes, omitted: [...nodes.omitted, ...dropped] }
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
