// The workspace of the large table: made and indexed, or found in the data directory of an earlier run.

import type { Pool } from 'pg'
import { createKeyring } from '../../gateway/auth/keyring.ts'
import { openSigningKeys } from '../../gateway/auth/signing.ts'
import { createTokens } from '../../gateway/auth/token.ts'
import { migrate } from '../../sql/migrate.ts'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { createToken } from '../key.ts'
import { createRareRole, fillWorkspace, RARE_ROLE } from './fill.ts'
import { addTrigrams, buildIndexes, type RowsOptions } from './measure.ts'

type Prepared = Omit<RowsOptions, 'pool' | 'gateway' | 'only'>
type Found = RowsOptions['workspace']

const NAME = 'Rows'

const findKept = async (pool: Pool): Promise<Found | undefined> => {
  const { rows } = await pool.query<Found>(
    `select w.id, w.schema_name as "schemaName" from tenantry.workspaces w
     where w.name = $1 and exists (select from tenantry.roles r where r.workspace_id = w.id and r.label = $2)`,
    [NAME, RARE_ROLE],
  )
  return rows[0]
}

const create = async (pool: Pool, people: number): Promise<Found> => {
  const workspace = await createWorkspace(pool, { name: NAME })
  await fillWorkspace(pool, workspace.schemaName, people)
  await buildIndexes(pool)
  await addTrigrams(pool, workspace)
  await createRareRole(pool, workspace.id)
  return workspace
}

const count = async (pool: Pool, table: string, { schemaName }: Found): Promise<number> => {
  const { rows } = await pool.query<{ rows: string }>(
    bindSchema(`select count(*) as rows from ${inWorkspace(table)}`, schemaName),
  )
  return Number(rows[0]?.rows)
}

/** Before the gateway starts, whose jobs index large tables. */
export const prepareRows = async (pool: Pool, secretKey: string, people: number): Promise<Prepared> => {
  await migrate(pool, { secretKey })
  const workspace = (await findKept(pool)) ?? (await create(pool, people))
  // Of the role's rules, and what rows of an earlier version lack.
  await buildIndexes(pool)
  const rareRole = await findRole(pool, workspace.id, RARE_ROLE)
  const { issue } = createTokens(await openSigningKeys(pool, createKeyring(secretKey)))
  return {
    workspace,
    people: await count(pool, 'person', workspace),
    companies: await count(pool, 'company', workspace),
    rareRole,
    tokens: {
      admin: await createToken(pool, issue, workspace.id),
      rare: await createToken(pool, issue, workspace.id, rareRole.id),
    },
  }
}
