import { Problem } from './problem.ts'

/** For valid tokens of a workspace that no longer exists. */
export const workspaceGone = (): Problem =>
  new Problem('UNAUTHENTICATED', 'Workspace not found', { subCode: 'WORKSPACE_NOT_FOUND' })
