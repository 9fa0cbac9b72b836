// The list of roles, each with a summary of its permissions.

import { Badge, Button, Table, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { networksText } from '../form/networks.ts'
import { pageOf } from '../list/listPage.ts'
import { PagedList } from '../list/pagedList.tsx'
import { EmptyState } from '../parts/emptyState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import rows from '../parts/rows.module.css'
import { RowsTable } from '../parts/rowsTable.tsx'
import { useApi } from '../session/provider.tsx'
import { NewRole } from './newRole.tsx'
import { RIGHTS } from './rights.ts'
import { type ListedRole, ROLES_KEY, readRolePage } from './roles.ts'

const summaryOf = (role: ListedRole): string => {
  const allowed = RIGHTS.filter(({ general }) => role[general] ?? role.canUpdateAllObjectRecords)
  const special = new Set([
    ...(role.objectPermissions ?? []).map(({ objectMetadataId }) => objectMetadataId),
    ...(role.fieldPermissions ?? []).map(({ objectMetadataId }) => objectMetadataId),
    ...(role.rowLevelPermissionPredicates ?? []).map(({ objectMetadataId }) => objectMetadataId),
  ]).size
  const general =
    allowed.length === RIGHTS.length
      ? 'Everything with records'
      : allowed.length === 0
        ? 'No records'
        : `Can ${allowed.map(({ label }) => label.toLowerCase()).join(', ')}`
  return special === 0 ? general : `${general}; differs for ${special} object${special === 1 ? '' : 's'}`
}

const Row = ({ role }: { readonly role: ListedRole }) => (
  <Table.Tr>
    <Table.Th scope="row" className={`${rows.name} ${rows.lead}`}>
      <div>
        <Link href={`/roles/${role.id}`} className={rows.link}>
          {role.label}
        </Link>
        {role.isEditable ? null : (
          <Badge ml="xs" size="sm" variant="light" color="gray" tt="none">
            Built in
          </Badge>
        )}
        {role.networks.length === 0 ? null : (
          <Badge ml="xs" size="sm" variant="light" color="gray" tt="none">
            {networksText(role.networks)}
          </Badge>
        )}
        {role.description === null || role.description === '' ? null : (
          <Text size="sm" c="dimmed" fw={400}>
            {role.description}
          </Text>
        )}
      </div>
    </Table.Th>
    <Table.Td data-label="Records">{summaryOf(role)}</Table.Td>
    <Table.Td data-label="Members">{role.workspaceMemberCount}</Table.Td>
    <Table.Td data-label="API keys">{role.apiKeyCount}</Table.Td>
  </Table.Tr>
)

const RolesPage = () => {
  const api = useApi()
  const [isCreating, setIsCreating] = useState(false)
  return (
    <>
      <PageHeader
        title="Roles"
        text="What people and keys can see and do. Postgres enforces it for the API and for SQL alike."
        actions={
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setIsCreating(true)}>
            Create role
          </Button>
        }
      />
      <PagedList
        queryKey={ROLES_KEY}
        read={async (search, after) => pageOf(await readRolePage(api, search, after))}
        find={{ label: 'Find a role', placeholder: 'Name' }}
        empty={
          <EmptyState title="No roles" text="A role decides what its members and keys can see and do." />
        }
        noMatch={{ title: 'No matching role', text: 'Enter the first letters of any word in its name.' }}
        rows={3}
        rowHeight={56}
      >
        {(roles) => (
          <RowsTable heads={['Role', 'Records', 'Members', 'API keys']}>
            {roles.map((role) => (
              <Row key={role.id} role={role} />
            ))}
          </RowsTable>
        )}
      </PagedList>
      {isCreating ? <NewRole onClose={() => setIsCreating(false)} /> : null}
    </>
  )
}

export default RolesPage
