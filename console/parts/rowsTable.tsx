// A table whose rows become cards on phones. Each cell names its column by `data-label`.

import { Table, VisuallyHidden } from '@mantine/core'
import type { ReactNode } from 'react'
import rows from './rows.module.css'

interface RowsTableProps {
  readonly heads: readonly string[]
  /** Adds a last column for the actions of a row. */
  readonly hasActions?: boolean
  readonly children: ReactNode
}

export const RowsTable = ({ heads, hasActions = false, children }: RowsTableProps) => (
  <div className={rows.frame}>
    <Table className={rows.table}>
      <Table.Thead>
        <Table.Tr>
          {heads.map((head) => (
            <Table.Th key={head}>{head}</Table.Th>
          ))}
          {hasActions ? (
            <Table.Th className={rows.end}>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          ) : null}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>{children}</Table.Tbody>
    </Table>
  </div>
)
