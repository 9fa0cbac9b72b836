// Record rules as row-level security. In: a table, the conditions of the roles that are restricted on it and
// the names of those that are not; out: statements. Pure. Row-level security is on only where some role is
// restricted: a table without rules costs nothing. Rules are restrictive policies, too, so that no policy
// that somebody adds by hand lets more through; and where row-level security is somebody else's, rules narrow
// what its policies let through and nothing is opened. A role that no policy names sees no row.

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
  /**
   * Whether somebody else has policies on the table, or had closed it: then row-level security stays on, and
   * their policies decide what is open.
   */
  readonly isOthers: boolean
  /** The owner of the table, where that is no superuser and so can be held by `force`. */
  readonly forcedOwner: string | null
}

export const POLICY_PREFIX = 'tenantry_'
/** tenantry.rules_hold looks for it. */
const RULE_PREFIX = `${POLICY_PREFIX}rule_`
const OPEN_POLICY = `${POLICY_PREFIX}open`
export const OWNER_POLICY = `${POLICY_PREFIX}owner`

/**
 * The owner's own work runs without claims; a function of the owner's that a request calls does not slip
 * past.
 */
const OWNER_CONDITION = `coalesce(current_setting('tenantry.claims', true), '') in ('', '{}')`

type PolicyKind = 'permissive' | 'restrictive'

const policy = (
  table: string,
  name: string,
  kind: PolicyKind,
  roles: readonly string[],
  condition: string,
): string =>
  `create policy ${quoteIdentifier(name)} on ${inWorkspace(table)} as ${kind} ` +
  `to ${roles.map(quoteIdentifier).join(', ')} using (${condition}) with check (${condition})`

export const policyStatements = (policies: TablePolicies): readonly string[] => {
  const { table, restricted, open, existing, isOthers, forcedOwner } = policies
  const name = inWorkspace(table)
  const dropped = existing.map((each) => `drop policy ${quoteIdentifier(each)} on ${name}`)
  if (restricted.length === 0) {
    const off = [
      `alter table ${name} no force row level security`,
      `alter table ${name} disable row level security`,
    ]
    return [...dropped, ...(existing.length > 0 && !isOthers ? off : [])]
  }
  // Both kinds say the same, and Postgres asks it once: the permissive one is all that a restricted role has,
  // so that it sees nothing when the policies go with their column.
  const kinds: readonly PolicyKind[] = isOthers ? ['restrictive'] : ['permissive', 'restrictive']
  return [
    ...dropped,
    ...restricted.flatMap(({ condition, pgRole }, index) =>
      kinds.map((kind) => policy(table, `${RULE_PREFIX}${index + 1}_${kind}`, kind, [pgRole], condition)),
    ),
    ...(open.length > 0 && !isOthers ? [policy(table, OPEN_POLICY, 'permissive', open, 'true')] : []),
    ...(forcedOwner === null
      ? []
      : [policy(table, OWNER_POLICY, 'permissive', [forcedOwner], OWNER_CONDITION)]),
    `alter table ${name} enable row level security`,
    `alter table ${name} ${forcedOwner === null ? 'no force' : 'force'} row level security`,
  ]
}
