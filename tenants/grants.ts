// What a role of a workspace may do in its schema, as grants: the one place where permissions become privileges. In: a
// role; out: statements. They cover what is there and, through default privileges of the owner, what is made later.

import { GATEWAY_ROLE } from '../sql/gatewayRole.ts'
import { quoteIdentifier } from '../sql/placeholder.ts'

/** What a role may do with the records of its workspace. */
export type Access = 'write' | 'read'

/** From Postgres 16 a membership says what it is good for; before, `noinherit` of the member does. */
const MEMBERSHIP_OPTIONS_SINCE = 160_000

/** The label of the one standard role that only reads. */
const READ_ONLY_LABEL = 'Guest'

export const accessOf = (roleLabel: string): Access => (roleLabel === READ_ONLY_LABEL ? 'read' : 'write')

const TABLE_PRIVILEGES: Readonly<Record<Access, string>> = {
  write: 'select, insert, update, delete',
  read: 'select',
}
const SEQUENCE_PRIVILEGES: Readonly<Record<Access, string>> = { write: 'usage, select', read: 'select' }

/** Statements that let the gateway act as the role, and as nothing more. */
export const membershipStatements = (pgRole: string, serverVersion: number): readonly string[] => [
  `grant ${quoteIdentifier(pgRole)} to ${quoteIdentifier(GATEWAY_ROLE)}` +
    (serverVersion >= MEMBERSHIP_OPTIONS_SINCE ? ' with inherit false, set true' : ''),
]

/** Statements that give the role exactly this access to the schema; run again, they repair and narrow it. */
export const grantStatements = (schemaName: string, pgRole: string, access: Access): readonly string[] => {
  const schema = quoteIdentifier(schemaName)
  const role = quoteIdentifier(pgRole)
  const kinds = [
    ['tables', TABLE_PRIVILEGES[access]],
    ['sequences', SEQUENCE_PRIVILEGES[access]],
    ['routines', 'execute'],
  ] as const
  return [
    `grant usage on schema ${schema} to ${role}`,
    ...kinds.flatMap(([kind, privileges]) => [
      `revoke all on all ${kind} in schema ${schema} from ${role}`,
      `grant ${privileges} on all ${kind} in schema ${schema} to ${role}`,
      `alter default privileges in schema ${schema} revoke all on ${kind} from ${role}`,
      `alter default privileges in schema ${schema} grant ${privileges} on ${kind} to ${role}`,
    ]),
  ]
}
