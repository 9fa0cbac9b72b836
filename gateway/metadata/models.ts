// The data models of workspaces as the metadata API reads them. In: a workspace as a request opened it; out: its linked model. A
// model is kept for as long as requests open the very same view of the workspace: whatever makes that view go (a notification, a
// change of ours, its age where nobody listens) makes the model be read again.

import { LRUCache } from 'lru-cache'
import type { Pool } from 'pg'
import { describeModel } from '../../tenants/model/describe.ts'
import type { OpenWorkspace } from '../shape/workspaces.ts'
import { linkModel, type ModelNodes } from './nodes.ts'

export type ReadModel = (workspace: OpenWorkspace<unknown>) => Promise<ModelNodes>

interface Known {
  readonly workspace: OpenWorkspace<unknown>
  readonly model: Promise<ModelNodes>
}

export const createModels = (options: { readonly pool: Pool; readonly maxModels: number }): ReadModel => {
  const models = new LRUCache<string, Known>({ max: options.maxModels })
  return (workspace) => {
    const known = models.get(workspace.id)
    if (known?.workspace === workspace) return known.model
    const entry = { workspace, model: describeModel(options.pool, workspace.id).then(linkModel) }
    models.set(workspace.id, entry)
    entry.model.catch(() => {
      if (models.peek(workspace.id) === entry) models.delete(workspace.id)
    })
    return entry.model
  }
}
