// Operator actions on a workspace that need no form, each with its confirmation.

import { useMutation } from '@tanstack/react-query'
import { type Question, useConfirm } from '../parts/confirm.tsx'
import { useApi } from '../session/provider.tsx'
import {
  dropWorkspace,
  resumeWorkspace,
  suspendWorkspace,
  WORKSPACES_KEY,
  type Workspace,
} from './workspaces.ts'

type PlainWorkspaceAction = 'suspend' | 'resume' | 'drop'

interface Target {
  readonly action: PlainWorkspaceAction
  readonly workspace: Workspace
}

const RUN = { suspend: suspendWorkspace, resume: resumeWorkspace, drop: dropWorkspace } as const
const DONE = { suspend: 'suspended', resume: 'resumed', drop: 'deleted' } as const

/** Null where the action is harmless. */
const questionOf = ({ action, workspace: { name, schemaName, subdomain } }: Target): Question | null => {
  switch (action) {
    case 'resume':
      return null
    case 'suspend':
      return {
        title: `Suspend “${name}”?`,
        text: 'Its keys and sessions stop working immediately, until you resume it. No data is lost.',
        action: 'Suspend workspace',
        isDangerous: true,
      }
    case 'drop':
      return {
        title: `Delete “${name}”?`,
        text: `Its keys and sessions stop working immediately. After the grace period, the schema ${schemaName} is removed with all records; until then, “tenantry workspace restore ${subdomain}” brings it back.`,
        action: 'Delete workspace',
        isDangerous: true,
        typed: subdomain,
      }
  }
}

export const useWorkspaceActions = (): ((
  action: PlainWorkspaceAction,
  workspace: Workspace,
) => Promise<void>) => {
  const api = useApi()
  const confirm = useConfirm()
  const { mutate } = useMutation({
    mutationFn: ({ action, workspace }: Target) => RUN[action](api, workspace.id),
    meta: {
      stale: [WORKSPACES_KEY],
      done: ({ action, workspace }: Target) => `“${workspace.name}” was ${DONE[action]}.`,
    },
  })
  return async (action, workspace) => {
    const question = questionOf({ action, workspace })
    if (question === null || (await confirm(question))) mutate({ action, workspace })
  }
}
