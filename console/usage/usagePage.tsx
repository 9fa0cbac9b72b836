// Usage: rate limits of this minute, the last 24 hours, and the slowest routes. Refreshes while it is
// visible.

import { Group, Progress, Stack, Table, Text } from '@mantine/core'
import { IconActivity } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { EmptyState } from '../parts/emptyState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Panel } from '../parts/panel.tsx'
import { Query } from '../parts/query.tsx'
import rows from '../parts/rows.module.css'
import { useApi, useSession } from '../session/provider.tsx'
import { HoursPanel } from './hoursPanel.tsx'
import { type KeyUsage, type Limit, type RouteUsage, readUsage, USAGE_KEY } from './usage.ts'

const REFRESH_MS = 5000
const numbers = new Intl.NumberFormat('en')
const milliseconds = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

const PERCENT = 100
const NEARLY_EXCEEDED = 0.8

const shareOf = ({ used, perMinute }: Limit): number => Math.min(1, perMinute === 0 ? 1 : used / perMinute)

const Meter = ({ label, limit }: { readonly label: string; readonly limit: Limit }) => (
  <Progress.Root size="sm" radius="xl">
    <Progress.Section
      value={shareOf(limit) * PERCENT}
      color={shareOf(limit) >= 1 ? 'red' : shareOf(limit) >= NEARLY_EXCEEDED ? 'yellow' : 'pine'}
      aria-label={`${label}: ${limit.used} of ${limit.perMinute} requests of this minute`}
    />
  </Progress.Root>
)

const OwnLimit = ({ limit, kind }: { readonly limit: Limit; readonly kind: 'session' | 'key' }) => (
  <Panel
    title="This minute"
    text={kind === 'session' ? 'Your session in this browser.' : 'The key of this session.'}
  >
    <Group align="baseline" gap="xs" mb="xs">
      <Text fz="1.75rem" fw={600} lh={1}>
        {numbers.format(limit.used)}
      </Text>
      <Text c="dimmed">of {numbers.format(limit.perMinute)} requests</Text>
      <Text c="dimmed" ml="auto">
        {limit.used === 0 ? 'No requests yet' : `Resets in ${limit.resetSeconds} s`}
      </Text>
    </Group>
    <Meter label="This session" limit={limit} />
  </Panel>
)

const Keys = ({ keys }: { readonly keys: readonly KeyUsage[] }) => (
  <Panel title="Keys" text="Requests per key in this minute.">
    <Table className={rows.plain}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Key</Table.Th>
          <Table.Th>Requests</Table.Th>
          <Table.Th w="35%">Share of limit</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map((key) => (
          <Table.Tr key={key.id}>
            <Table.Th scope="row" className={rows.name}>
              {key.name}
            </Table.Th>
            <Table.Td>
              {numbers.format(key.used)} / {numbers.format(key.perMinute)}
            </Table.Td>
            <Table.Td>
              <Meter label={key.name} limit={key} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Panel>
)

const Routes = ({ routes }: { readonly routes: readonly RouteUsage[] }) => (
  <Panel title="Slowest routes" text="Last 24 hours. The last column is the 95th percentile.">
    {routes.length === 0 ? (
      <EmptyState title="No requests yet" text="They appear here after a few seconds." />
    ) : (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard.
      <section className={rows.sideways} aria-label="Slowest routes" tabIndex={0}>
        <Table className={rows.plain}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Route</Table.Th>
              <Table.Th className={rows.number}>Requests</Table.Th>
              <Table.Th className={rows.number}>Average</Table.Th>
              <Table.Th className={rows.number}>95 %</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {routes.map(({ route, requests, averageMs, p95Ms }) => (
              <Table.Tr key={route}>
                <Table.Td>
                  <code>{route}</code>
                </Table.Td>
                <Table.Td className={rows.number}>{numbers.format(requests)}</Table.Td>
                <Table.Td className={rows.number}>{milliseconds.format(averageMs)} ms</Table.Td>
                <Table.Td className={rows.number}>{milliseconds.format(p95Ms)} ms</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    )}
  </Panel>
)

const UsagePage = () => {
  const api = useApi()
  const { kind } = useSession()
  const usage = useQuery({
    queryKey: USAGE_KEY,
    queryFn: () => readUsage(api),
    staleTime: 0,
    refetchInterval: REFRESH_MS,
  })
  return (
    <>
      <PageHeader title="Usage" text="API requests and their limits, now and over the last 24 hours." />
      <Query of={usage} rows={4} rowHeight={120}>
        {({ limit, keys, hours, routes }) => (
          <Stack>
            {limit === null ? null : <OwnLimit limit={limit} kind={kind === 'key' ? 'key' : 'session'} />}
            <HoursPanel hours={hours} />
            {keys.length === 0 ? (
              <EmptyState
                icon={<IconActivity size={32} stroke={1.5} aria-hidden />}
                title="No active keys"
                text="Create one under APIs & Webhooks. Its requests are counted here."
              />
            ) : (
              <Keys keys={keys} />
            )}
            <Routes routes={routes} />
          </Stack>
        )}
      </Query>
    </>
  )
}

export default UsagePage
