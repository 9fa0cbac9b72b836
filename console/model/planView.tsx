// The plan of a change: SQL statements, locks and affected rows.

import { Badge, Code, Stack, Table, Text } from '@mantine/core'
import { Snippet } from '../parts/snippet.tsx'
import type { Plan } from './change.ts'

/** Whether the lock blocks reads. */
const isBlockingReads = (mode: string): boolean => mode === 'ACCESS EXCLUSIVE'

const effectOf = (effect: string): string =>
  ({
    scan: 'are read',
    rewrite: 'are rewritten',
    update: 'are updated',
    clear: 'lose the values of the dropped columns',
    delete: 'are deleted, with the table',
  })[effect] ?? effect

const Locks = ({ locks }: { readonly locks: Plan['locks'] }) => (
  <Stack gap={4}>
    <Text size="sm" fw={500} component="h3" m={0}>
      Locks
    </Text>
    {locks.length === 0 ? (
      <Text size="sm" c="dimmed">
        No locks, so no request waits.
      </Text>
    ) : (
      <Table verticalSpacing={4} horizontalSpacing="xs" fz="sm">
        <Table.Tbody>
          {locks.map(({ table, mode, why }) => (
            <Table.Tr key={`${table} ${mode} ${why}`}>
              <Table.Td>
                <Code>{table}</Code>
              </Table.Td>
              <Table.Td>
                <Badge
                  variant="light"
                  color={isBlockingReads(mode) ? 'yellow' : 'gray'}
                  tt="none"
                  miw="max-content"
                >
                  {mode.toLowerCase()}
                </Badge>
              </Table.Td>
              <Table.Td>{why}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    )}
  </Stack>
)

const Rows = ({ rows }: { readonly rows: Plan['rows'] }) => (
  <Stack gap={4}>
    <Text size="sm" fw={500} component="h3" m={0}>
      Rows
    </Text>
    {rows.length === 0 ? (
      <Text size="sm" c="dimmed">
        No rows are affected.
      </Text>
    ) : (
      rows.map(({ table, count, effect }) => (
        <Text size="sm" key={`${table} ${effect}`}>
          About {count.toLocaleString()} rows of <Code>{table}</Code> {effectOf(effect)}.
        </Text>
      ))
    )}
  </Stack>
)

const BYTES_PER_MB = 1_000_000

const Rewrites = ({ rewrites }: { readonly rewrites: Plan['rewrites'] }) => (
  <Stack gap={4}>
    <Text size="sm" fw={500} component="h3" m={0}>
      Rewrites
    </Text>
    {rewrites.map(({ table, bytes, seconds }) => (
      <Text size="sm" key={table}>
        Postgres rewrites <Code>{table}</Code> ({Math.ceil(bytes / BYTES_PER_MB).toLocaleString()} MB) and
        blocks all reads of it for about {seconds.toLocaleString()} s.
      </Text>
    ))}
  </Stack>
)

export const PlanView = ({ plan }: { readonly plan: Plan }) => {
  const sql = plan.statements.map((statement) => `${statement};`).join('\n')
  if (plan.statements.length === 0) return <Text size="sm">No SQL is needed, because no table changes.</Text>
  return (
    <Stack gap="md">
      <Snippet label="Statements" what="statements" text={sql} />
      <Locks locks={plan.locks} />
      <Rows rows={plan.rows} />
      {plan.rewrites.length === 0 ? null : <Rewrites rewrites={plan.rewrites} />}
    </Stack>
  )
}
