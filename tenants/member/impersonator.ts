// An operator who acts as a member. What is written carries both; see session.ts for how long.

export interface Impersonator {
  /** Null: at the command line. */
  readonly operatorKeyId: string | null
  readonly operatorName: string
  /** That the operator's key may be used from; absent or empty: everywhere. */
  readonly networks?: readonly string[]
}

/** SQL condition that a row of tenantry.workspaces allows it. */
export const allowsImpersonation = (row: string): string =>
  `coalesce((${row}.settings ->> 'allowImpersonation')::boolean, false)`
