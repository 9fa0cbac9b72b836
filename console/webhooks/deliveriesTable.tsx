// The deliveries of a webhook with their attempts. Each that has ended can be sent again.

import { ActionIcon, Button, Code, Group, NativeSelect, Stack, Table } from '@mantine/core'
import { IconRefresh, IconSend } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ShowMore } from '../list/pagedList.tsx'
import { EmptyState } from '../parts/emptyState.tsx'
import { Query } from '../parts/query.tsx'
import { RelativeTime } from '../parts/relativeTime.tsx'
import rows from '../parts/rows.module.css'
import { RowsTable } from '../parts/rowsTable.tsx'
import { useApi } from '../session/provider.tsx'
import {
  type Attempt,
  DELIVERIES_KEY,
  type Delivery,
  type DeliveryStatus,
  redeliver,
  useDeliveries,
} from './deliveries.ts'
import { DeliveryBodyView } from './deliveryBody.tsx'
import { StatusBadge } from './statusBadge.tsx'
import classes from './webhooks.module.css'

const FILTERS = [
  { value: '', label: 'All deliveries' },
  { value: 'WAITING', label: 'Waiting' },
  { value: 'DELIVERED', label: 'Delivered' },
  { value: 'FAILED', label: 'Failed' },
  { value: 'CANCELLED', label: 'Cancelled' },
] as const satisfies readonly { readonly value: DeliveryStatus | ''; readonly label: string }[]

const outcomeOf = ({ status, error }: Attempt): string =>
  error ?? (status === undefined ? 'No answer' : `Status ${status}`)

const Attempts = ({ of: attempts }: { readonly of: readonly Attempt[] }) => {
  const last = attempts.at(-1)
  if (last === undefined) return <span className={rows.muted}>None yet</span>
  return (
    <details className={classes.attempts}>
      <summary>
        {attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`}: {outcomeOf(last)}
      </summary>
      <ol>
        {attempts.map((attempt) => (
          <li key={attempt.at}>
            <RelativeTime at={attempt.at} />, {outcomeOf(attempt)}, {attempt.ms} ms
            {attempt.answer === undefined || attempt.answer === '' ? null : (
              <Code block mt={4}>
                {attempt.answer}
              </Code>
            )}
          </li>
        ))}
      </ol>
    </details>
  )
}

interface RowProps {
  readonly delivery: Delivery
  readonly isBusy: boolean
  readonly onRedeliver: () => void
}

const Row = ({ delivery, isBusy, onRedeliver }: RowProps) => (
  <Table.Tr>
    <Table.Th scope="row" className={`${rows.name} ${rows.lead}`}>
      {delivery.event}
    </Table.Th>
    <Table.Td data-label="Changed" className={rows.muted}>
      <RelativeTime at={delivery.eventDate} />
    </Table.Td>
    <Table.Td data-label="State" className={rows.short}>
      <StatusBadge status={delivery.status} />
    </Table.Td>
    <Table.Td data-label="Attempts">
      <div>
        <Attempts of={delivery.attempts} />
        <DeliveryBodyView deliveryId={delivery.id} />
      </div>
    </Table.Td>
    <Table.Td data-label="Next attempt" className={rows.muted}>
      {delivery.nextAttemptAt === null ? '–' : <RelativeTime at={delivery.nextAttemptAt} />}
    </Table.Td>
    <Table.Td className={rows.end}>
      <ActionIcon
        variant="subtle"
        color="gray"
        title="Redeliver"
        aria-label={`Redeliver ${delivery.event}`}
        loading={isBusy}
        disabled={delivery.status === 'WAITING'}
        onClick={onRedeliver}
      >
        <IconSend size={18} aria-hidden />
      </ActionIcon>
    </Table.Td>
  </Table.Tr>
)

const List = ({ deliveries }: { readonly deliveries: readonly Delivery[] }) => {
  const api = useApi()
  const { mutate, isPending, variables } = useMutation({
    mutationFn: (delivery: Delivery) => redeliver(api, delivery.id),
    meta: {
      stale: [DELIVERIES_KEY],
      done: ({ event }: Delivery) => `“${event}” is sent again.`,
    },
  })
  return (
    <RowsTable heads={['Event', 'Changed', 'State', 'Attempts', 'Next attempt']} hasActions>
      {deliveries.map((delivery) => (
        <Row
          key={delivery.id}
          delivery={delivery}
          isBusy={isPending && variables.id === delivery.id}
          onRedeliver={() => mutate(delivery)}
        />
      ))}
    </RowsTable>
  )
}

export const DeliveriesTable = ({ webhookId }: { readonly webhookId: string }) => {
  const [filter, setFilter] = useState<DeliveryStatus | null>(null)
  const deliveries = useDeliveries(webhookId, filter)
  const { isFetching, refetch } = deliveries
  return (
    <Stack>
      <Group justify="space-between" gap="xs">
        <NativeSelect
          aria-label="Filter by state"
          data={[...FILTERS]}
          value={filter ?? ''}
          onChange={({ currentTarget: { value } }) =>
            setFilter(FILTERS.map((each) => each.value).find((each) => each !== '' && each === value) || null)
          }
        />
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          aria-busy={isFetching}
          onClick={() => void refetch()}
        >
          Refresh
        </Button>
      </Group>
      <Query of={deliveries} rows={5} rowHeight={44}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState
              title="No deliveries"
              text="Each change that the webhook subscribes to appears here."
            />
          ) : (
            <List deliveries={all} />
          )
        }
      </Query>
      <ShowMore key={filter} of={deliveries} shown={deliveries.data?.length ?? 0} />
    </Stack>
  )
}
