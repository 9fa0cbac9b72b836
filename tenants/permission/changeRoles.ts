// The transaction around changes of roles and their privileges, which lock tables that requests read.

import type { ClientBase, Pool } from 'pg'
import { inRetriedTransaction } from '../../sql/ownerPool.ts'

export const changeRoles = <T>(
  pool: Pool,
  workspaceId: string,
  change: (client: ClientBase) => Promise<T>,
): Promise<T> => inRetriedTransaction(pool, change, workspaceId)
