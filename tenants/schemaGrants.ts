// Grants of a workspace's role beyond its tables: the schema, sequences, and default privileges on future
// objects. Grants on tables and columns come from the permission matrix (tenantry.grant_matrix).

import { escapeLiteral } from 'pg'
import { GATEWAY_ROLE } from '../sql/gatewayRole.ts'
import { quoteIdentifier } from '../sql/placeholder.ts'

export interface RecordFlags {
  readonly canReadAllObjectRecords: boolean
  readonly canUpdateAllObjectRecords: boolean
  readonly canCreateAllObjectRecords: boolean | null
  readonly canSoftDeleteAllObjectRecords: boolean
  readonly canDestroyAllObjectRecords: boolean
  readonly listsFields: boolean
}

/** Since Postgres 16 the membership itself limits what it gives; before, `noinherit` of the member does. */
const MEMBERSHIP_OPTIONS_SINCE = 160_000

/** Statements that let the gateway act as the role, and nothing more. */
export const membershipStatements = (pgRole: string, serverVersion: number): readonly string[] => [
  `grant ${quoteIdentifier(pgRole)} to ${quoteIdentifier(GATEWAY_ROLE)}` +
    (serverVersion >= MEMBERSHIP_OPTIONS_SINCE ? ' with inherit false, set true' : ''),
]

/** Default privileges on future tables. They are table-wide; column grants follow when the table exists. */
const laterTablePrivileges = (role: RecordFlags): readonly string[] => {
  if (!role.canReadAllObjectRecords || role.listsFields) return []
  return [
    'select',
    ...((role.canCreateAllObjectRecords ?? role.canUpdateAllObjectRecords) ? ['insert'] : []),
    ...(role.canUpdateAllObjectRecords && role.canSoftDeleteAllObjectRecords ? ['update'] : []),
    ...(role.canDestroyAllObjectRecords ? ['delete'] : []),
  ]
}

/**
 * Statements that give the role exactly these rights on the schema; running them again repairs and narrows
 * the rights.
 * @param mayCreate in any table: inserting takes numbers from sequences.
 */
export const schemaStatements = (
  schemaName: string,
  pgRole: string,
  role: RecordFlags,
  mayCreate: boolean,
): readonly string[] => {
  const schema = quoteIdentifier(schemaName)
  const grantee = quoteIdentifier(pgRole)
  const numbers = mayCreate ? ['usage', 'select'] : []
  const later = (kind: string, privileges: readonly string[]): readonly string[] => [
    `alter default privileges in schema ${schema} revoke all on ${kind} from ${grantee}`,
    ...(privileges.length === 0
      ? []
      : [
          `alter default privileges in schema ${schema} grant ${privileges.join(', ')} on ${kind} to ${grantee}`,
        ]),
  ]
  return [
    `grant usage on schema ${schema} to ${grantee}`,
    `select tenantry.grant_sequences(${escapeLiteral(schemaName)}, ${escapeLiteral(pgRole)}, ${mayCreate})`,
    ...later('tables', laterTablePrivileges(role)),
    ...later('sequences', numbers),
    // Postgres lets PUBLIC execute routines by default. If an administrator revokes that, nothing here grants
    // it again.
    ...later('routines', []),
  ]
}
