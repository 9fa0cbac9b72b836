// Assigns a role to an API key or a member that has another role. Nothing is preselected: the choice must be
// deliberate.

import { NativeSelect, Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { DialogForm } from '../form/dialogForm.tsx'
import { KEYS_KEY } from '../keys/keys.ts'
import { Modal } from '../parts/dialog.tsx'
import { ROLES_KEY, type Role } from './roles.ts'

export interface Candidate {
  readonly id: string
  readonly name: string
  /** Label of the candidate's current role. */
  readonly roleLabel: string
}

interface AssignDialogProps {
  readonly role: Role
  readonly kind: 'API key' | 'member'
  readonly description: string
  readonly candidates: readonly Candidate[]
  readonly assign: (id: string) => Promise<unknown>
  readonly onClose: () => void
  /** An alternative, below the form. */
  readonly children?: ReactNode
}

const LABELS = { 'API key': 'API key', member: 'Member' } as const
const NOUNS = { 'API key': 'an API key', member: 'a member' } as const

const AssignForm = ({ role, kind, description, candidates, assign, onClose }: AssignDialogProps) => {
  const [id, setId] = useState('')
  const assignment = useMutation({
    mutationFn: () => assign(id),
    meta: {
      stale: [ROLES_KEY, KEYS_KEY],
      done: () => `The role “${role.label}” was assigned.`,
      showsFailure: true,
    },
  })
  return (
    <DialogForm
      action="Assign role"
      mutation={assignment}
      input={id}
      onSubmit={() => assignment.mutate(undefined, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <NativeSelect
        data-autofocus
        required
        label={LABELS[kind]}
        description={description}
        data={[
          { value: '', label: 'Choose …', disabled: true },
          ...candidates.map((each) => ({ value: each.id, label: `${each.name} (now ${each.roleLabel})` })),
        ]}
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
      />
    </DialogForm>
  )
}

export const AssignDialog = (props: AssignDialogProps) => (
  <Modal opened onClose={props.onClose} title={`Assign “${props.role.label}” to ${NOUNS[props.kind]}`}>
    <Stack>
      {props.candidates.length === 0 ? null : <AssignForm {...props} />}
      {props.children}
    </Stack>
  </Modal>
)
