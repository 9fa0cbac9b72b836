// The page of one role: general permissions, permissions by object, and assignment. The tab is part of the
// URL.

import { Badge, Button, Tabs } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useLocation, useParams, useSearchParams } from 'wouter'
import { Failure } from '../api/failure.ts'
import { KEY_ROLES_KEY, KEYS_KEY } from '../keys/keys.ts'
import { isUuid } from '../list/listPage.ts'
import { BackLink } from '../parts/backLink.tsx'
import { useConfirm } from '../parts/confirm.tsx'
import { ErrorState } from '../parts/errorState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import { useApi } from '../session/provider.tsx'
import { Assignment } from './assignment.tsx'
import { GeneralForm } from './generalForm.tsx'
import { Matrix } from './matrix.tsx'
import { deleteRole, ROLES_KEY, type Role, readRole } from './roles.ts'

const TABS = [
  { value: 'general', label: 'General' },
  { value: 'objects', label: 'Objects' },
  { value: 'assignment', label: 'Assignment' },
] as const

const DeleteButton = ({ role }: { readonly role: Role }) => {
  const api = useApi()
  const confirm = useConfirm()
  const [, navigate] = useLocation()
  const deletion = useMutation({
    mutationFn: () => deleteRole(api, role.id),
    meta: {
      stale: [ROLES_KEY, KEY_ROLES_KEY, KEYS_KEY],
      done: () => `Role “${role.label}” was deleted.`,
    },
    // Not a callback of `mutate`: this page is gone once the list is refetched.
    onSuccess: () => navigate('/roles'),
  })
  const remove = async () => {
    const isSure = await confirm({
      title: `Delete role “${role.label}”?`,
      text: 'Its members get the default role of the workspace. Its API keys need another role first.',
      action: 'Delete role',
      isDangerous: true,
    })
    if (isSure) deletion.mutate()
  }
  return (
    <Button
      variant="default"
      leftSection={<IconTrash size={16} aria-hidden />}
      loading={deletion.isPending}
      onClick={remove}
    >
      Delete
    </Button>
  )
}

const RoleView = ({ role }: { readonly role: Role }) => {
  const [search, setSearch] = useSearchParams()
  const tab = TABS.find(({ value }) => value === search.get('tab'))?.value ?? 'general'
  return (
    <>
      <PageHeader
        title={role.label}
        text={role.description ?? undefined}
        before={<BackLink href="/roles" label="Roles" />}
        actions={
          role.isEditable ? (
            <DeleteButton role={role} />
          ) : (
            <Badge variant="light" color="gray" tt="none" size="lg">
              Built in
            </Badge>
          )
        }
      />
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) =>
          setSearch(next === null || next === 'general' ? {} : { tab: next }, { replace: true })
        }
      >
        <Tabs.List mb="lg">
          {TABS.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="general">
          <GeneralForm role={role} />
        </Tabs.Panel>
        <Tabs.Panel value="objects">
          <Matrix role={role} />
        </Tabs.Panel>
        <Tabs.Panel value="assignment">
          <Assignment role={role} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}

const missing = new Failure('Role not found.', {
  status: 404,
  code: 'NOT_FOUND',
  hint: 'It may have been deleted. All roles are listed under Roles.',
})

const RolePage = () => {
  const api = useApi()
  const { id } = useParams<{ id: string }>()
  const role = useQuery({
    queryKey: [...ROLES_KEY, id],
    // The address can hold any text.
    queryFn: () => (isUuid(id) ? readRole(api, id) : null),
  })
  return (
    <Query of={role} rows={5} rowHeight={56}>
      {(known) => (known === null ? <ErrorState failure={missing} /> : <RoleView key={id} role={known} />)}
    </Query>
  )
}

export default RolePage
