// Assigns a role to an API key or a member that has another role. Nothing is preselected: the choice must be
// deliberate.

import { Divider, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { DialogForm } from '../form/dialogForm.tsx'
import { KEYS_KEY } from '../keys/keys.ts'
import type { OptionSource } from '../list/listPage.ts'
import { SearchSelect, useOptions } from '../list/searchSelect.tsx'
import { Modal, useLateFocus } from '../parts/dialog.tsx'
import { Query } from '../parts/query.tsx'
import { ROLES_KEY, type Role } from './roles.ts'

interface AssignDialogProps {
  readonly role: Role
  readonly kind: 'API key' | 'member'
  readonly description: string
  readonly candidates: OptionSource
  readonly assign: (id: string) => Promise<unknown>
  readonly onClose: () => void
  /** An alternative, below the form. */
  readonly children?: ReactNode
}

const LABELS = { 'API key': 'API key', member: 'Member' } as const
const NO_OTHERS = {
  'API key': 'No API key has another role.',
  member: 'No member has another role.',
} as const
const NOUNS = { 'API key': 'an API key', member: 'a member' } as const

const AssignForm = ({ role, kind, description, candidates, assign, onClose }: AssignDialogProps) => {
  const [id, setId] = useState('')
  const focus = useLateFocus()
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
      ref={focus}
      action="Assign role"
      mutation={assignment}
      input={id}
      onSubmit={() => assignment.mutate(undefined, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <SearchSelect
        data-autofocus
        required
        label={LABELS[kind]}
        description={description}
        source={candidates}
        value={id}
        onChange={setId}
      />
    </DialogForm>
  )
}

export const AssignDialog = (props: AssignDialogProps) => {
  const { role, kind, candidates, onClose, children } = props
  const known = useOptions(candidates)
  return (
    <Modal opened onClose={onClose} title={`Assign “${role.label}” to ${NOUNS[kind]}`}>
      <Query of={known} rows={1} rowHeight={56}>
        {({ length }) => (
          <Stack>
            {length === 0 ? <Text size="sm">{NO_OTHERS[kind]}</Text> : <AssignForm {...props} />}
            {length === 0 || children === undefined ? null : <Divider label="or" />}
            {children}
          </Stack>
        )}
      </Query>
    </Modal>
  )
}
