// Record rules as row-level security. In: a table, the conditions of the roles that are restricted on it and the names of those
// that are not; out: statements. Pure. Row-level security is on only where some role is restricted: a table without rules
// costs nothing. A role that no policy names sees no row.

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'

export interface RestrictedRole {
  readonly pgRole: string
  readonly condition: string
}

export interface TablePolicies {
  readonly table: string
  readonly restricted: readonly RestrictedRole[]
  readonly open: readonly string[]
  /** Policies of ours that the table has now. */
  readonly existing: readonly string[]
  /** Whether somebody else's policies are on the table: then row-level security stays on. */
  readonly hasOthers: boolean
  /** The owner of the table, where that is no superuser and so can be held by `force`. */
  readonly forcedOwner: string | null
}

export const POLICY_PREFIX = 'tenantry_'

/** The owner's own work runs without claims; a function of the owner's that a request calls does not slip past. */
const OWNER_CONDITION = `coalesce(current_setting('tenantry.claims', true), '') in ('', '{}')`

const policy = (table: string, name: string, roles: readonly string[], condition: string): string =>
  `create policy ${quoteIdentifier(POLICY_PREFIX + name)} on ${inWorkspace(table)} ` +
  `to ${roles.map(quoteIdentifier).join(', ')} using (${condition}) with check (${condition})`

export const policyStatements = (policies: TablePolicies): readonly string[] => {
  const { table, restricted, open, existing, hasOthers, forcedOwner } = policies
  const name = inWorkspace(table)
  const dropped = existing.map((each) => `drop policy ${quoteIdentifier(each)} on ${name}`)
  if (restricted.length === 0) {
    const off = [
      `alter table ${name} no force row level security`,
      `alter table ${name} disable row level security`,
    ]
    return [...dropped, ...(existing.length > 0 && !hasOthers ? off : [])]
  }
  return [
    ...dropped,
    ...restricted.map(({ condition, pgRole }, index) =>
      policy(table, `rule_${index + 1}`, [pgRole], condition),
    ),
    ...(open.length > 0 ? [policy(table, 'open', open, 'true')] : []),
    ...(forcedOwner === null ? [] : [policy(table, 'owner', [forcedOwner], OWNER_CONDITION)]),
    `alter table ${name} enable row level security`,
    `alter table ${name} ${forcedOwner === null ? 'no force' : 'force'} row level security`,
  ]
}
