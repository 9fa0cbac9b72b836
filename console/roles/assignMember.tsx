// Gives a role to a member who has another one.

import { NativeSelect, Stack } from '@mantine/core'
import { type SubmitEvent, useState } from 'react'
import { Modal } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { nameOf, ROLES_KEY, type Role, setMemberRole } from './roles.ts'

const STALE = [ROLES_KEY]

export interface AssignMemberProps {
  readonly role: Role
  readonly roles: readonly Role[]
  readonly onClose: () => void
}

export const AssignMember = ({ role, roles, onClose }: AssignMemberProps) => {
  const api = useApi()
  const candidates = roles
    .filter(({ id }) => id !== role.id)
    .flatMap(({ label, workspaceMembers }) =>
      workspaceMembers.map((member) => ({ value: member.id, label: `${nameOf(member)} (now ${label})` })),
    )
  const [memberId, setMemberId] = useState(candidates[0]?.value ?? '')
  const [failure, setFailure] = useState<unknown>(null)
  const { change, isBusy } = useChange({
    run: () => setMemberRole(api, memberId, role.id),
    stale: STALE,
    done: () => `The role “${role.label}” was assigned.`,
    onFailure: setFailure,
  })
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if ((await change(undefined)) !== null) onClose()
  }
  return (
    <Modal opened onClose={onClose} title={`Assign “${role.label}” to a member`}>
      <form onSubmit={submit}>
        <Stack>
          <NativeSelect
            data-autofocus
            label="Member"
            description="Each member has one role: this one replaces it"
            data={candidates}
            value={memberId}
            onChange={(event) => setMemberId(event.currentTarget.value)}
          />
          <FailureAlert failure={failure} />
          <FormButtons action="Assign role" isBusy={isBusy} onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}
