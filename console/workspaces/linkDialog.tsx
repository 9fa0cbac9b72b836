// Creates a sign-in link for a member of a workspace. The link is shown once and works once. A workspace
// without members gets its first one here.

import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { DialogForm } from '../form/dialogForm.tsx'
import type { SelectOption } from '../list/listPage.ts'
import { SearchSelect, useOptions } from '../list/searchSelect.tsx'
import { Modal, useLateFocus } from '../parts/dialog.tsx'
import { Query } from '../parts/query.tsx'
import { RelativeTime } from '../parts/relativeTime.tsx'
import { Snippet } from '../parts/snippet.tsx'
import { useApi } from '../session/provider.tsx'
import { NewMemberForm } from './newMemberForm.tsx'
import { createSignInLink, memberOptions, type SignInLink, type Workspace } from './workspaces.ts'

interface LinkDialogProps {
  readonly workspace: Workspace
  readonly onClose: () => void
}

const Made = ({ link, onClose }: { readonly link: SignInLink; readonly onClose: () => void }) => (
  <Stack>
    <Snippet label="Sign-in link" what="link" text={link.url} />
    <Text size="sm" c="dimmed">
      Send it to the member. It is shown once, works once and expires <RelativeTime at={link.expiresAt} />.
    </Text>
    <Group justify="flex-end">
      <Button onClick={onClose}>Done</Button>
    </Group>
  </Stack>
)

interface ChooseProps extends LinkDialogProps {
  readonly members: readonly SelectOption[]
  readonly onLink: (link: SignInLink) => void
  readonly onNew: () => void
}

const ChooseMember = ({ workspace, members, onLink, onNew, onClose }: ChooseProps) => {
  const api = useApi()
  const [memberId, setMemberId] = useState((members.length === 1 ? members[0]?.value : undefined) ?? '')
  const focus = useLateFocus()
  const create = useMutation({
    mutationFn: () => createSignInLink(api, workspace.id, memberId),
    meta: { showsFailure: true },
  })
  return (
    <DialogForm
      ref={focus}
      action="Create link"
      mutation={create}
      input={memberId}
      onSubmit={() => create.mutate(undefined, { onSuccess: onLink })}
      onCancel={onClose}
    >
      <SearchSelect
        data-autofocus
        label="Member"
        description="The link signs in with the permissions of the member’s role"
        required
        source={memberOptions(api, workspace.id)}
        value={memberId}
        onChange={setMemberId}
      />
      <Group>
        <Button variant="subtle" size="compact-sm" onClick={onNew}>
          Add another member
        </Button>
      </Group>
    </DialogForm>
  )
}

/** Members are records of the standard objects. */
const NoMembers = ({ workspace, onClose }: LinkDialogProps) => (
  <Stack>
    <Alert color="gray" title="This workspace cannot have members">
      It was created without the standard objects, so it has no table of members. Sign in with an API key
      instead; this command prints one:
    </Alert>
    <Snippet
      label="In a terminal on the gateway’s machine"
      what="command"
      text={`npx tenantry key create ${workspace.subdomain} "First key" --role Admin`}
    />
    <Text size="sm">
      Paste the key on the <Code>/sign-in</Code> page.
    </Text>
    <Group justify="flex-end">
      <Button onClick={onClose}>Done</Button>
    </Group>
  </Stack>
)

const Steps = ({
  workspace,
  members,
  onClose,
}: LinkDialogProps & { readonly members: readonly SelectOption[] }) => {
  const [step, setStep] = useState<'choose' | 'new' | SignInLink>(members.length === 0 ? 'new' : 'choose')
  if (step === 'new')
    return (
      <NewMemberForm
        workspace={workspace}
        isFirst={members.length === 0}
        onLink={setStep}
        onCancel={onClose}
      />
    )
  if (step !== 'choose') return <Made link={step} onClose={onClose} />
  return (
    <ChooseMember
      workspace={workspace}
      members={members}
      onLink={setStep}
      onNew={() => setStep('new')}
      onClose={onClose}
    />
  )
}

export const LinkDialog = ({ workspace, onClose }: LinkDialogProps) => {
  const api = useApi()
  const members = useOptions(memberOptions(api, workspace.id))
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={`Sign-in link for “${workspace.name}”`}
      closeOnClickOutside={false}
    >
      <Query of={members} rows={2} rowHeight={56}>
        {(known) =>
          workspace.hasStandardObjects || known.length > 0 ? (
            <Steps workspace={workspace} members={known} onClose={onClose} />
          ) : (
            <NoMembers workspace={workspace} onClose={onClose} />
          )
        }
      </Query>
    </Modal>
  )
}
