// Adds members: a workspace_member record and its role, in one transaction. There is no other way to add one:
// roles of the workspace have no insert privilege on the table (sql/functions/guard_member.sql).

import type { Connection } from '../../sql/ownerPool.ts'
import { bindSchema, inWorkspace } from '../../sql/placeholder.ts'
import { ensurePgRole } from '../permission/pgRole.ts'
import { PermissionRefusal } from '../permission/refusal.ts'
import { lockRole } from '../permission/role.ts'
import { Refusal } from '../refusal.ts'
import { changingWorkspace } from '../workspaceLock.ts'
import type { Member } from './member.ts'

export interface NewMember {
  readonly firstName: string
  readonly lastName: string
  readonly email?: string | null
  readonly roleId: string
}

const MAX_LENGTH = 200
const UNIQUE_VIOLATION = '23505'
const UNDEFINED_TABLE = '42P01'

const INSERT_SQL = `insert into ${inWorkspace('workspace_member')} (name_first_name, name_last_name, user_email, user_id)
  values ($1, $2, $3, gen_random_uuid()) returning id`

const checked = (text: string, what: string): string => {
  const trimmed = text.trim()
  if (trimmed.length > MAX_LENGTH || /\p{Cc}/u.test(trimmed))
    throw new Refusal('INVALID_INPUT', `${what} is at most ${MAX_LENGTH} characters of plain text.`)
  return trimmed
}

const EMAIL = /^[^\s@]+@[^\s@]+$/

const checkedEmail = (text: string): string | null => {
  const email = checked(text, 'An e-mail address')
  if (email === '' || EMAIL.test(email)) return email || null
  throw new Refusal('INVALID_INPUT', `"${email}" is not an e-mail address.`)
}

const refusalOf = (error: unknown, email: string | null): unknown => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === UNIQUE_VIOLATION)
    return new Refusal('CONFLICT', `A member with the address ${email} already exists.`)
  if (code === UNDEFINED_TABLE)
    return new Refusal('INVALID_INPUT', 'A workspace without the standard objects has no members.', {
      hint: 'Sign in to its console with an API key.',
    })
  return error
}

export const createMember = async (
  connection: Connection,
  workspaceId: string,
  { roleId, ...wanted }: NewMember,
): Promise<Member> => {
  const firstName = checked(wanted.firstName, 'A first name')
  const lastName = checked(wanted.lastName, 'A last name')
  const email = checkedEmail(wanted.email ?? '')
  const name = `${firstName} ${lastName}`.trim()
  if (name === '') throw new Refusal('INVALID_INPUT', 'A member needs a name.')
  try {
    return await changingWorkspace(connection, workspaceId, async (client, { schemaName }) => {
      const role = await lockRole(client, workspaceId, roleId)
      if (!role.canBeAssignedToUsers)
        throw new PermissionRefusal(
          'ROLE_CANNOT_BE_ASSIGNED_TO_USERS',
          `Role "${role.label}" cannot be assigned to users`,
        )
      const { rows } = await client.query<{ id: string }>(bindSchema(INSERT_SQL, schemaName), [
        firstName,
        lastName,
        email,
      ])
      const [row] = rows
      if (row === undefined) throw new Error('A member was inserted but not returned.')
      await ensurePgRole(client, roleId)
      await client.query(
        'insert into tenantry.member_roles (workspace_id, workspace_member_id, role_id) values ($1, $2, $3)',
        [workspaceId, row.id, roleId],
      )
      return { id: row.id, name, email }
    })
  } catch (error) {
    throw refusalOf(error, email)
  }
}
