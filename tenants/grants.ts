// What a role of a workspace holds besides its tables: the schema, sequences, and what is made later. In: the
// role's flags; out: statements. Grants on tables and columns come from the permission matrix
// (tenantry.grant_matrix).

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

/** From Postgres 16 a membership says what it is good for; before, `noinherit` of the member does. */
const MEMBERSHIP_OPTIONS_SINCE = 160_000

/** Statements that let the gateway act as the role, and as nothing more. */
export const membershipStatements = (pgRole: string, serverVersion: number): readonly string[] => [
  `grant ${quoteIdentifier(pgRole)} to ${quoteIdentifier(GATEWAY_ROLE)}` +
    (serverVersion >= MEMBERSHIP_OPTIONS_SINCE ? ' with inherit false, set true' : ''),
]

/**
 * Privileges on a table that does not exist yet, which are of whole tables: what needs columns is granted
 * when it is there.
 */
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
 * Statements that give the role exactly this hold on the schema; run again, they repair and narrow it.
 * @param mayCreate in any table: numbers are drawn from sequences by those who create.
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
    // Routines are PUBLIC's to execute, as Postgres has it, until somebody revokes that: then nothing here
    // gives it back.
    ...later('routines', []),
  ]
}
