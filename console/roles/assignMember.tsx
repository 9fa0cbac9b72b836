// Assigns a role to a member who has another one.

import { useApi } from '../session/provider.tsx'
import { AssignDialog } from './assignDialog.tsx'
import { type Role, roleNameOf, setMemberRole } from './roles.ts'

interface AssignMemberProps {
  readonly role: Role
  readonly roles: readonly Role[]
  readonly onClose: () => void
}

export const AssignMember = ({ role, roles, onClose }: AssignMemberProps) => {
  const api = useApi()
  const candidates = roles
    .filter(({ id }) => id !== role.id)
    .flatMap(({ label, workspaceMembers }) =>
      workspaceMembers.map((member) => ({ id: member.id, name: roleNameOf(member), roleLabel: label })),
    )
  return (
    <AssignDialog
      role={role}
      kind="member"
      description="Each member has one role; this one replaces the current one"
      candidates={candidates}
      assign={(id) => setMemberRole(api, id, role.id)}
      onClose={onClose}
    />
  )
}
