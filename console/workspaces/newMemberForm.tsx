// A member who is added to a workspace from above, with the link that lets them in.

import { NativeSelect, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useLateFocus } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { Form } from '../parts/form.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { useUnsavedInput } from '../parts/unsaved.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import {
  createMember,
  createSignInLink,
  type Member,
  type NewMember,
  type SignInLink,
  WORKSPACES_KEY,
  type Workspace,
} from './workspaces.ts'

/** The roles that every workspace starts with. */
const ROLES = ['Admin', 'Member', 'Guest']

export interface NewMemberFormProps {
  readonly workspace: Workspace
  readonly isFirst: boolean
  readonly onLink: (link: SignInLink) => void
  readonly onCancel: () => void
}

export const NewMemberForm = ({ workspace, isFirst, onLink, onCancel }: NewMemberFormProps) => {
  const api = useApi()
  const [draft, setDraft] = useState<NewMember>({ firstName: '', lastName: '', email: '', role: 'Admin' })
  /** Added already, where only the link failed. */
  const [added, setAdded] = useState<Member | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  useUnsavedInput(draft)
  const form = useLateFocus()
  const { change, isBusy } = useChange({
    run: async () => {
      const member = added ?? (await createMember(api, workspace.id, draft))
      setAdded(member)
      return createSignInLink(api, workspace.id, member.id)
    },
    stale: [[...WORKSPACES_KEY, workspace.id, 'members']],
    onFailure: setFailure,
  })
  const submit = async () => {
    const link = await change(undefined)
    if (link !== null) onLink(link)
  }
  const input = (key: keyof NewMember, label: string, props: { readonly [name: string]: unknown } = {}) => (
    <TextInput
      label={label}
      autoComplete="off"
      value={draft[key]}
      onChange={(event) => setDraft({ ...draft, [key]: event.currentTarget.value })}
      {...props}
    />
  )
  return (
    <Form
      ref={form}
      onSubmit={submit}
      end={
        <>
          <FailureAlert failure={failure} />
          <FormButtons action="Add member and create link" isBusy={isBusy} onCancel={onCancel} />
        </>
      }
    >
      <Stack>
        {isFirst ? (
          <Text size="sm">
            This workspace has no members yet. Add the first one; you get a link that signs them in.
          </Text>
        ) : null}
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          {input('firstName', 'First name', { required: true, 'data-autofocus': true })}
          {input('lastName', 'Last name')}
          {input('email', 'E-mail', { type: 'email' })}
          <NativeSelect
            label="Role"
            data={ROLES}
            value={draft.role}
            onChange={(event) => setDraft({ ...draft, role: event.currentTarget.value })}
          />
        </SimpleGrid>
      </Stack>
    </Form>
  )
}
