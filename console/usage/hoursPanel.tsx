// The last 24 hours as a chart or as a table with the same numbers.

import { SegmentedControl, Table } from '@mantine/core'
import { useState } from 'react'
import { EmptyState } from '../parts/emptyState.tsx'
import { Panel } from '../parts/panel.tsx'
import rows from '../parts/rows.module.css'
import { Chart } from './chart.tsx'
import { hourLabel, servedOf } from './hours.ts'
import type { Hour } from './usage.ts'

const numbers = new Intl.NumberFormat('en')

const HoursTable = ({ hours }: { readonly hours: readonly Hour[] }) => (
  <Table className={rows.plain}>
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Hour</Table.Th>
        <Table.Th className={rows.number}>Answered</Table.Th>
        <Table.Th className={rows.number}>Refused</Table.Th>
        <Table.Th className={rows.number}>Failed</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {hours.toReversed().map((hour) => (
        <Table.Tr key={hour.at}>
          <Table.Td>{hourLabel(hour)}</Table.Td>
          <Table.Td className={rows.number}>{numbers.format(servedOf(hour))}</Table.Td>
          <Table.Td className={rows.number}>{numbers.format(hour.refused)}</Table.Td>
          <Table.Td className={rows.number}>{numbers.format(hour.failed)}</Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)

export const HoursPanel = ({ hours }: { readonly hours: readonly Hour[] }) => {
  const [view, setView] = useState<'chart' | 'table'>('chart')
  const isQuiet = hours.every(({ requests }) => requests === 0)
  return (
    <Panel
      title="Last 24 hours"
      text={
        isQuiet
          ? undefined
          : `${numbers.format(hours.reduce((sum, { requests }) => sum + requests, 0))} requests by all keys and people that you can see.`
      }
      actions={
        isQuiet ? undefined : (
          <SegmentedControl
            size="xs"
            aria-label="Show as"
            data={[
              { value: 'chart', label: 'Chart' },
              { value: 'table', label: 'Table' },
            ]}
            value={view}
            onChange={setView}
          />
        )
      }
    >
      {isQuiet ? (
        <EmptyState
          title="No requests yet"
          text="Send one in a playground. It appears here a few seconds later."
        />
      ) : view === 'chart' ? (
        <Chart hours={hours} />
      ) : (
        <HoursTable hours={hours} />
      )}
    </Panel>
  )
}
