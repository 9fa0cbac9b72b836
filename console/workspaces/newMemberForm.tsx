// Form that adds a member to a workspace and creates the member's sign-in link.

import { NativeSelect, SimpleGrid, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { DialogForm } from '../form/dialogForm.tsx'
import { useLateFocus } from '../parts/dialog.tsx'
import { useApi } from '../session/provider.tsx'
import {
  createMember,
  createSignInLink,
  type NewMember,
  type SignInLink,
  WORKSPACES_KEY,
  type Workspace,
  type WorkspaceMember,
} from './workspaces.ts'

/** The roles that every workspace starts with. */
const ROLES = ['Admin', 'Member', 'Guest']

interface NewMemberFormProps {
  readonly workspace: Workspace
  readonly isFirst: boolean
  readonly onLink: (link: SignInLink) => void
  readonly onCancel: () => void
}

const useAddMember = (workspaceId: string) => {
  const api = useApi()
  /** Set where the member was added and only the link failed: the next attempt must not add another. */
  const added = useRef<WorkspaceMember | null>(null)
  return useMutation({
    mutationFn: async (input: NewMember) => {
      added.current ??= await createMember(api, workspaceId, input)
      return createSignInLink(api, workspaceId, added.current.id)
    },
    meta: { stale: [[...WORKSPACES_KEY, workspaceId, 'members']], showsFailure: true },
  })
}

export const NewMemberForm = ({ workspace, isFirst, onLink, onCancel }: NewMemberFormProps) => {
  const focus = useLateFocus()
  const add = useAddMember(workspace.id)
  const { values, getInputProps } = useForm({
    initialValues: { firstName: '', lastName: '', email: '', role: 'Admin' },
  })
  return (
    <DialogForm
      ref={focus}
      action="Add member and create link"
      mutation={add}
      input={values}
      onSubmit={() => add.mutate(values, { onSuccess: onLink })}
      onCancel={onCancel}
    >
      {isFirst ? (
        <Text size="sm">
          This workspace has no members yet. Add the first one to get a link that signs them in.
        </Text>
      ) : null}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          label="First name"
          required
          data-autofocus
          autoComplete="off"
          {...getInputProps('firstName')}
        />
        <TextInput label="Last name" autoComplete="off" {...getInputProps('lastName')} />
        <TextInput label="E-mail" type="email" autoComplete="off" {...getInputProps('email')} />
        <NativeSelect label="Role" data={ROLES} {...getInputProps('role')} />
      </SimpleGrid>
    </DialogForm>
  )
}
