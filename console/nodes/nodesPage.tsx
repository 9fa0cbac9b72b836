// Nodes of a Citus cluster, for operators: their workspaces, sizes and running moves. Refreshes while it is
// visible.

import { Badge, Code, Progress, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ClusterNode, Move } from '../../tenants/nodes/cluster.ts'
import { EmptyState } from '../parts/emptyState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Panel } from '../parts/panel.tsx'
import { Query } from '../parts/query.tsx'
import rows from '../parts/rows.module.css'
import { RowsTable } from '../parts/rowsTable.tsx'
import { useApi } from '../session/provider.tsx'
import { NODES_KEY, nodeStateOf, readNodes, runtimeSchemaText, sizeText } from './nodes.ts'

const REFRESH_MS = 5_000
const PERCENT = 100
const numbers = new Intl.NumberFormat('en')

const NodeRow = ({ node }: { readonly node: ClusterNode }) => {
  const { text, color } = nodeStateOf(node)
  return (
    <Table.Tr>
      <Table.Th scope="row" className={`${rows.name} ${rows.lead}`}>
        {node.name}
      </Table.Th>
      <Table.Td data-label="State" className={rows.short}>
        <Badge variant="light" color={color} tt="none">
          {text}
        </Badge>
      </Table.Td>
      <Table.Td data-label="Workspaces">{numbers.format(node.workspaces)}</Table.Td>
      <Table.Td data-label="Size">{sizeText(node.bytes)}</Table.Td>
      <Table.Td data-label="Runtime schema" className={rows.muted}>
        {runtimeSchemaText(node)}
      </Table.Td>
    </Table.Tr>
  )
}

const MoveRow = ({ move: { schema, from, to, status, copiedBytes, bytes } }: { readonly move: Move }) => (
  <Table.Tr>
    <Table.Th scope="row" className={`${rows.name} ${rows.lead}`}>
      <Code>{schema}</Code>
    </Table.Th>
    <Table.Td data-label="From">{from}</Table.Td>
    <Table.Td data-label="To">{to}</Table.Td>
    <Table.Td data-label="Status">{status}</Table.Td>
    <Table.Td data-label="Copied">
      <Text size="sm">
        {sizeText(copiedBytes)} of {sizeText(bytes)}
      </Text>
      <Progress
        size="sm"
        value={bytes === 0 ? 0 : Math.min(1, copiedBytes / bytes) * PERCENT}
        aria-label={`Copied of ${schema}`}
      />
    </Table.Td>
  </Table.Tr>
)

const Moves = ({ moves }: { readonly moves: readonly Move[] }) => (
  <Panel
    title="Moves"
    text={
      <>
        Start them with <Code>tenantry workspace move</Code>, <Code>tenantry nodes rebalance</Code> or{' '}
        <Code>tenantry nodes drain</Code>.
      </>
    }
  >
    {moves.length === 0 ? (
      <EmptyState title="No moves" text="Workspaces that move to another node appear here." />
    ) : (
      <RowsTable heads={['Workspace', 'From', 'To', 'Status', 'Copied']}>
        {moves.map((move) => (
          <MoveRow key={`${move.schema} ${move.to}`} move={move} />
        ))}
      </RowsTable>
    )}
  </Panel>
)

const NodesPage = () => {
  const api = useApi()
  const cluster = useQuery({
    queryKey: NODES_KEY,
    queryFn: () => readNodes(api),
    refetchInterval: REFRESH_MS,
  })
  return (
    <>
      <PageHeader title="Nodes" text="The Postgres servers of the Citus cluster, and what they hold." />
      <Query of={cluster} rows={3} rowHeight={44}>
        {({ nodes, moves }) => (
          <Stack gap="lg">
            <RowsTable heads={['Node', 'State', 'Workspaces', 'Size', 'Runtime schema']}>
              {nodes.map((node) => (
                <NodeRow key={node.name} node={node} />
              ))}
            </RowsTable>
            <Moves moves={moves} />
          </Stack>
        )}
      </Query>
    </>
  )
}

export default NodesPage
