// The audit log of the workspace: who changed what, from where.

import { Code, Group, NativeSelect, Stack, Table } from '@mantine/core'
import { IconShieldLock } from '@tabler/icons-react'
import { useState } from 'react'
import { ShowMore } from '../list/pagedList.tsx'
import { BackLink } from '../parts/backLink.tsx'
import { EmptyState } from '../parts/emptyState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import { RelativeTime } from '../parts/relativeTime.tsx'
import rows from '../parts/rows.module.css'
import { RowsTable } from '../parts/rowsTable.tsx'
import { useSession } from '../session/provider.tsx'
import { type AuditEntry, GROUPS, useAudit } from './audit.ts'

const KINDS = { operator: 'operator', key: 'API key', member: 'member' } as const

const Row = ({
  entry: { at, action, actor, address, requestId, details },
}: {
  readonly entry: AuditEntry
}) => (
  <Table.Tr>
    <Table.Th scope="row" className={`${rows.name} ${rows.lead}`}>
      {action}
    </Table.Th>
    <Table.Td data-label="When" className={rows.muted}>
      <RelativeTime at={at} />
    </Table.Td>
    <Table.Td data-label="Who">
      {actor === null ? '–' : actor.name} {actor === null ? null : <small>({KINDS[actor.kind]})</small>}
    </Table.Td>
    <Table.Td data-label="Address" className={rows.muted} title={requestId ?? undefined}>
      {address ?? '–'}
    </Table.Td>
    <Table.Td data-label="Details">
      {Object.keys(details).length === 0 ? (
        '–'
      ) : (
        <details>
          <summary>Show</summary>
          <Code block>{JSON.stringify(details, null, 2)}</Code>
        </details>
      )}
    </Table.Td>
  </Table.Tr>
)

const Log = () => {
  const [group, setGroup] = useState('')
  const audit = useAudit(group)
  return (
    <Stack>
      <Group>
        <NativeSelect
          aria-label="Filter by action"
          data={[...GROUPS]}
          value={group}
          onChange={({ currentTarget: { value } }) => setGroup(value)}
        />
      </Group>
      <Query of={audit} rows={6} rowHeight={44}>
        {(entries) =>
          entries.length === 0 ? (
            <EmptyState title="No entries" text="Changes to keys, roles, members and settings appear here." />
          ) : (
            <RowsTable heads={['Action', 'When', 'Who', 'Address', 'Details']}>
              {entries.map((entry) => (
                <Row key={entry.id} entry={entry} />
              ))}
            </RowsTable>
          )
        }
      </Query>
      <ShowMore key={group} of={audit} shown={audit.data?.length ?? 0} />
    </Stack>
  )
}

const AuditPage = () => {
  const { flags } = useSession()
  return (
    <>
      <PageHeader
        title="Audit log"
        text="Who changed keys, roles, members and settings, and from where."
        before={<BackLink href="/workspace" label="Workspace" />}
      />
      {flags.includes('SECURITY') ? (
        <Log />
      ) : (
        <EmptyState
          icon={<IconShieldLock size={32} stroke={1.5} aria-hidden />}
          title="You cannot read the audit log"
          text="Your role lacks the permission “Security”. An administrator can grant it."
        />
      )}
    </>
  )
}

export default AuditPage
