// The view of a workspace for changes of its tables.

import type { OpenWorkspace, Workspaces } from './workspaces.ts'

export type OpenWorkspaces = Pick<Workspaces<unknown>, 'open' | 'forget' | 'isOutdated'>

/** The view, read again if it does not know a table that has just been made. */
export const viewFor = async (
  workspaces: OpenWorkspaces,
  workspaceId: string,
  tables: readonly string[],
): Promise<OpenWorkspace<unknown>> => {
  const view = await workspaces.open(workspaceId)
  const isKnown = tables.every((table) => view.schemaVersion.model.byTable.has(table))
  if (isKnown || !(await workspaces.isOutdated(view))) return view
  workspaces.forget(workspaceId)
  return workspaces.open(workspaceId)
}
