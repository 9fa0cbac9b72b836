// The list of roles, each with a summary of its permissions.

import { Badge, Button, Table, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { networksText } from '../form/networks.ts'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import rows from '../parts/rows.module.css'
import { RowsTable } from '../parts/rowsTable.tsx'
import { useApi } from '../session/provider.tsx'
import { NewRole } from './newRole.tsx'
import { RIGHTS } from './rights.ts'
import { ROLES_KEY, type Role, readRoles } from './roles.ts'

const summaryOf = (role: Role): string => {
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

const Row = ({ role }: { readonly role: Role }) => (
  <Table.Tr>
    <Table.Th scope="row" className={`${rows.name} ${rows.lead}`}>
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
    </Table.Th>
    <Table.Td data-label="Records">{summaryOf(role)}</Table.Td>
    <Table.Td data-label="Members">{role.workspaceMembers.length}</Table.Td>
    <Table.Td data-label="API keys">{role.apiKeys.length}</Table.Td>
  </Table.Tr>
)

const RolesPage = () => {
  const api = useApi()
  const roles = useQuery({ queryKey: ROLES_KEY, queryFn: () => readRoles(api) })
  const [isCreating, setIsCreating] = useState(false)
  return (
    <>
      <PageHeader
        title="Roles"
        text="What people and keys can see and do. Postgres enforces it for the API and for SQL alike."
        actions={
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            disabled={roles.data === undefined}
            onClick={() => setIsCreating(true)}
          >
            Create role
          </Button>
        }
      />
      <Query of={roles} rows={3} rowHeight={56}>
        {(all) => (
          <RowsTable heads={['Role', 'Records', 'Members', 'API keys']}>
            {all.map((role) => (
              <Row key={role.id} role={role} />
            ))}
          </RowsTable>
        )}
      </Query>
      {isCreating ? <NewRole onClose={() => setIsCreating(false)} /> : null}
    </>
  )
}

export default RolesPage
