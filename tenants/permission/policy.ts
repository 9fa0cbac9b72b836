// Record rules as row-level security: from the conditions of the restricted roles on a table and the names of
// the unrestricted ones to statements. Pure. Row-level security is enabled only if some role is restricted: a
// table without rules costs nothing. Rules are restrictive policies too, so that a handmade policy cannot
// widen them; on a table with row-level security of its own, rules narrow what its policies allow and open
// nothing. A role without a policy sees no row.

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'

export interface RestrictedRole {
  readonly pgRole: string
  readonly condition: string
}

interface TablePolicies {
  readonly table: string
  readonly restricted: readonly RestrictedRole[]
  readonly open: readonly string[]
  /** Our policies on the table. */
  readonly existing: readonly string[]
  /**
   * Whether the table has foreign policies, or had row-level security enabled by hand: then it stays enabled,
   * and those policies decide what is open.
   */
  readonly isOthers: boolean
  /** The owner of the table, unless a superuser, whom `force` does not restrict. */
  readonly forcedOwner: string | null
}

export const POLICY_PREFIX = 'tenantry_'
/** Part of the name that tenantry.rules_hold looks for. */
const RULE_PREFIX = `${POLICY_PREFIX}rule_`
const OPEN_POLICY = `${POLICY_PREFIX}open`
export const OWNER_POLICY = `${POLICY_PREFIX}owner`

/**
 * The owner's own statements have no claims and bypass the rules; a function of the owner that a request
 * calls does not.
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
  // Both kinds have the same condition, and Postgres evaluates it once: the permissive one is the only access
  // of a restricted role, so that the role sees nothing if the policies are dropped with their column.
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
