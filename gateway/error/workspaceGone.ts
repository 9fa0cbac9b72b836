import { Problem } from './problem.ts'

const SUB_CODE = 'WORKSPACE_NOT_FOUND'

/** For valid tokens of a workspace that no longer exists. */
export const workspaceGone = (): Problem =>
  new Problem('UNAUTHENTICATED', 'Workspace not found', { subCode: SUB_CODE })

export const isWorkspaceGone = (error: unknown): boolean =>
  error instanceof Problem && error.options.subCode === SUB_CODE
