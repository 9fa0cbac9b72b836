// Assigns a role to a member who has another one.

import { useApi } from '../session/provider.tsx'
import { AssignDialog } from './assignDialog.tsx'
import { otherMembers, type Role, setMemberRole } from './roles.ts'

interface AssignMemberProps {
  readonly role: Role
  readonly onClose: () => void
}

export const AssignMember = ({ role, onClose }: AssignMemberProps) => {
  const api = useApi()
  return (
    <AssignDialog
      role={role}
      kind="member"
      description="Each member has one role; this one replaces the current one"
      candidates={otherMembers(api, role)}
      assign={(id) => setMemberRole(api, id, role.id)}
      onClose={onClose}
    />
  )
}
