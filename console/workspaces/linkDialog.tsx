// A link that signs a member of a workspace in, once. In: the workspace; out: the link, shown this once, to be sent on.

import { Alert, Button, Code, Group, NativeSelect, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import { Modal, useLateFocus } from '../parts/dialog.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { FormButtons } from '../parts/formButtons.tsx'
import { Query } from '../parts/query.tsx'
import { Snippet } from '../parts/snippet.tsx'
import { useChange } from '../parts/useChange.ts'
import { When } from '../parts/when.tsx'
import { useApi } from '../session/provider.tsx'
import {
  createSignInLink,
  type Member,
  readMembers,
  type SignInLink,
  WORKSPACES_KEY,
  type Workspace,
} from './workspaces.ts'

export interface LinkDialogProps {
  readonly workspace: Workspace
  readonly onClose: () => void
}

const Made = ({ link, onClose }: { readonly link: SignInLink; readonly onClose: () => void }) => (
  <Stack>
    <Snippet label="Sign-in link" what="link" text={link.url} />
    <Text size="sm" c="dimmed">
      Whoever opens it is signed in, once. It ends <When at={link.expiresAt} />.
    </Text>
    <Group justify="flex-end">
      <Button onClick={onClose}>Done</Button>
    </Group>
  </Stack>
)

const Form = ({ workspace, members, onClose }: LinkDialogProps & { readonly members: readonly Member[] }) => {
  const api = useApi()
  const [memberId, setMemberId] = useState((members.length === 1 ? members[0]?.id : undefined) ?? '')
  const [link, setLink] = useState<SignInLink | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const form = useLateFocus()
  const { change, isBusy } = useChange({
    run: () => createSignInLink(api, workspace.id, memberId),
    stale: [],
    onFailure: setFailure,
  })
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setLink(await change(undefined))
  }
  if (link !== null) return <Made link={link} onClose={onClose} />
  return (
    <form ref={form} onSubmit={submit}>
      <Stack>
        <NativeSelect
          data-autofocus
          label="Member"
          description="The link gives what the member’s role may do"
          required
          data={[
            { value: '', label: 'Choose …', disabled: true },
            ...members.map(({ id, name, email }) => ({
              value: id,
              label: email === null || email === '' ? name : `${name} (${email})`,
            })),
          ]}
          value={memberId}
          onChange={(event) => setMemberId(event.currentTarget.value)}
        />
        <FailureAlert failure={failure} />
        <FormButtons action="Create link" isBusy={isBusy} isDisabled={memberId === ''} onCancel={onClose} />
      </Stack>
    </form>
  )
}

const Nobody = ({ workspace }: { readonly workspace: Workspace }) => (
  <Alert color="gray" title="This workspace has no members">
    <Text size="sm">
      Add somebody with <Code>npx tenantry member create {workspace.subdomain} "Ada Byron"</Code>, or with{' '}
      <Code>POST /admin/workspaces/{workspace.subdomain}/members</Code>, and come back.
    </Text>
  </Alert>
)

export const LinkDialog = ({ workspace, onClose }: LinkDialogProps) => {
  const api = useApi()
  const members = useQuery({
    queryKey: [...WORKSPACES_KEY, workspace.id, 'members'],
    queryFn: () => readMembers(api, workspace.id),
    staleTime: 0,
  })
  return (
    <Modal opened onClose={onClose} size="lg" title={`Sign-in link for “${workspace.name}”`}>
      <Query of={members} rows={2} rowHeight={56}>
        {(known) =>
          known.length === 0 ? (
            <Nobody workspace={workspace} />
          ) : (
            <Form workspace={workspace} members={known} onClose={onClose} />
          )
        }
      </Query>
    </Modal>
  )
}
