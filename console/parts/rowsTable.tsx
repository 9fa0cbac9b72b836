// A table whose rows become cards on phones. In: the heads of its columns and its rows, whose cells say what
// they are by `data-label`; out: the table in its frame.

import { Table, VisuallyHidden } from '@mantine/core'
import type { ReactNode } from 'react'
import rows from './rows.module.css'

export interface RowsTableProps {
  readonly heads: readonly string[]
  /** A last column for what can be done to a row. */
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
