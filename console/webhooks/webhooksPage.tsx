// The webhooks of the workspace, with a menu of actions each.

import { Button, Table, Text } from '@mantine/core'
import { IconPlus, IconWebhook } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ApiHeader } from '../keys/apiHeader.tsx'
import { NoPermission } from '../keys/noPermission.tsx'
import { ActionMenu } from '../parts/actionMenu.tsx'
import { EmptyState } from '../parts/emptyState.tsx'
import { Query } from '../parts/query.tsx'
import { RelativeTime } from '../parts/relativeTime.tsx'
import rows from '../parts/rows.module.css'
import { RowsTable } from '../parts/rowsTable.tsx'
import { useApi, useSession } from '../session/provider.tsx'
import { Operations } from './operations.tsx'
import { StatusBadge, webhookStatusOf } from './statusBadge.tsx'
import { useWebhookActions, type WebhookActions } from './useWebhookActions.tsx'
import classes from './webhooks.module.css'
import { readWebhooks, WEBHOOKS_KEY, type Webhook, webhookNameOf } from './webhooks.ts'

interface RowProps extends Pick<WebhookActions, 'actionsOf'> {
  readonly webhook: Webhook
}

const Row = ({ webhook, actionsOf }: RowProps) => (
  <Table.Tr>
    <Table.Th scope="row" className={`${rows.name} ${rows.lead}`}>
      <div>
        <Link href={`/api/webhooks/${webhook.id}`} className={rows.link}>
          {webhookNameOf(webhook)}
        </Link>
        {webhookNameOf(webhook) === webhook.targetUrl ? null : (
          <Text size="sm" c="dimmed" className={classes.url ?? ''}>
            {webhook.targetUrl}
          </Text>
        )}
      </div>
    </Table.Th>
    <Table.Td data-label="Operations">
      <Operations of={webhook.operations} />
    </Table.Td>
    <Table.Td data-label="Created" className={`${rows.muted} ${rows.short}`}>
      <RelativeTime at={webhook.createdAt} />
    </Table.Td>
    <Table.Td data-label="State">
      <div>
        <StatusBadge status={webhookStatusOf(webhook)} />
        {webhook.statusReason === null ? null : (
          <Text size="xs" mt={4}>
            {webhook.statusReason}
          </Text>
        )}
      </div>
    </Table.Td>
    <Table.Td className={rows.end}>
      <ActionMenu label={`Actions for webhook ${webhookNameOf(webhook)}`} actions={actionsOf(webhook)} />
    </Table.Td>
  </Table.Tr>
)

const HEADER = {
  path: '/api/webhooks',
  text: 'Webhooks send changes to records to other programs. A webhook sees what its role can see.',
} as const

const List = () => {
  const api = useApi()
  const webhooks = useQuery({ queryKey: WEBHOOKS_KEY, queryFn: () => readWebhooks(api) })
  const { create, actionsOf, dialog } = useWebhookActions()
  return (
    <>
      <ApiHeader
        {...HEADER}
        actions={
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={create}>
            Create webhook
          </Button>
        }
      />
      <Query of={webhooks} rows={3} rowHeight={44}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState
              icon={<IconWebhook size={32} stroke={1.5} aria-hidden />}
              title="No webhooks yet"
              text="A webhook sends a POST request to a URL for each change to a record."
            />
          ) : (
            <RowsTable heads={['Webhook', 'Operations', 'Created', 'State']} hasActions>
              {all.map((webhook) => (
                <Row key={webhook.id} webhook={webhook} actionsOf={actionsOf} />
              ))}
            </RowsTable>
          )
        }
      </Query>
      {dialog}
    </>
  )
}

const WebhooksPage = () => {
  const { flags } = useSession()
  if (flags.includes('API_KEYS_AND_WEBHOOKS')) return <List />
  return (
    <>
      <ApiHeader {...HEADER} />
      <NoPermission />
    </>
  )
}

export default WebhooksPage
