// What an operator does to a workspace without a form, with the question before it.

import { useConfirm } from '../parts/confirm.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import {
  dropWorkspace,
  resumeWorkspace,
  suspendWorkspace,
  WORKSPACES_KEY,
  type Workspace,
} from './workspaces.ts'

const STALE = [WORKSPACES_KEY]

export const useWorkspaceActions = (): ((
  action: 'suspend' | 'resume' | 'drop',
  workspace: Workspace,
) => Promise<void>) => {
  const api = useApi()
  const confirm = useConfirm()
  const suspend = useChange({
    run: ({ id }: Workspace) => suspendWorkspace(api, id),
    stale: STALE,
    done: (_, { name }) => `“${name}” was suspended.`,
  })
  const resume = useChange({
    run: ({ id }: Workspace) => resumeWorkspace(api, id),
    stale: STALE,
    done: (_, { name }) => `“${name}” was resumed.`,
  })
  const drop = useChange({
    run: ({ id }: Workspace) => dropWorkspace(api, id),
    stale: STALE,
    done: (_, { name }) => `“${name}” was dropped.`,
  })
  return async (action, workspace) => {
    if (action === 'resume') await resume.change(workspace)
    if (
      action === 'suspend' &&
      (await confirm({
        title: `Suspend “${workspace.name}”?`,
        text: 'All its keys and members are refused at once, until you resume it. No data is lost.',
        action: 'Suspend workspace',
        isDangerous: true,
      }))
    )
      await suspend.change(workspace)
    if (
      action === 'drop' &&
      (await confirm({
        title: `Drop “${workspace.name}”?`,
        text: `The schema ${workspace.schemaName} with all its records, keys, roles and members is removed for good. Only a backup can restore it.`,
        action: 'Drop workspace',
        isDangerous: true,
        typed: workspace.subdomain,
      }))
    )
      await drop.change(workspace)
  }
}
