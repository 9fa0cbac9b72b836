// The contract's user of a member. There are no accounts: a member without a user of its own is one.

import type { Pool } from 'pg'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import { isUuid } from '../uuid.ts'

// Columns are read from JSON, because the table may have been altered by hand.
const USER_SQL = `select m.record ->> 'user_id' as "userId"
  from (select to_jsonb(each) as record from ${inWorkspace('workspace_member')} as each) as m
  where m.record ->> 'id' = $1`

export const findUserId = async (pool: Pool, schemaName: string, memberId: string): Promise<string> => {
  const { rows: tables } = await pool.query('select where to_regclass($1) is not null', [
    bindSchema(inWorkspace('workspace_member'), schemaName),
  ])
  if (tables.length === 0) return memberId
  const { rows } = await pool.query<{ userId: string | null }>(bindSchema(USER_SQL, schemaName), [memberId])
  const userId = rows[0]?.userId
  return userId != null && isUuid(userId) ? userId : memberId
}
