// Explains why a column that record rules compare cannot be dropped. Postgres reports the policies only; the
// refusal names the roles. Null if something else is in the way.

import pg, { type Pool } from 'pg'
import { POLICY_PREFIX } from '../../../permission/policy.ts'
import { Refusal } from '../../../refusal.ts'

const DEPENDENT_OBJECTS_STILL_EXIST = '2BP01'

// The error's detail lists "policy … on table … depends on …", in any server language.
const ROLES_SQL = `select distinct r.label
  from pg_catalog.pg_policy p
  join pg_catalog.pg_class c on c.oid = p.polrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join tenantry.workspaces w on w.schema_name = n.nspname
  join tenantry.roles r on r.workspace_id = w.id
  join pg_catalog.pg_roles g on g.rolname = r.pg_role and g.oid = any (p.polroles)
  where w.id = $1 and starts_with(p.polname, $2) and position(quote_ident(p.polname) || ' ' in $3) > 0
    and position(c.oid::regclass::text in $3) > 0
  order by r.label`

export const ruleRefusal = async (
  pool: Pool,
  workspaceId: string,
  error: unknown,
): Promise<Refusal | null> => {
  if (!(error instanceof pg.DatabaseError) || error.code !== DEPENDENT_OBJECTS_STILL_EXIST) return null
  const { rows } = await pool.query<{ label: string }>(ROLES_SQL, [
    workspaceId,
    POLICY_PREFIX,
    error.detail ?? '',
  ])
  if (rows.length === 0) return null
  const roles = rows.map(({ label }) => `"${label}"`).join(', ')
  return new Refusal('CONFLICT', `Record rules of ${roles} compare this field, so it cannot be deleted.`, {
    hint: 'Change the rules of these roles first.',
    cause: error,
  })
}
