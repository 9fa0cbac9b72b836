// A page of records as a table. Column heads sort, first cells open the record.

import { Table, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import type { ModelObject } from '../model/object.ts'
import frame from '../parts/rows.module.css'
import { LinkCell, LinkLabel, ValueCell } from './cell.tsx'
import type { Column } from './column.ts'
import type { Sort } from './page.ts'
import classes from './records.module.css'
import { labelOf } from './relationLabels.ts'
import { type Row, valueText } from './value.ts'

interface RecordTableProps {
  readonly object: ModelObject
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  readonly sort: Sort | null
  readonly onSort: (sort: Sort | null) => void
  /** Null if records cannot be identified. */
  readonly onOpen: ((row: Row) => void) | null
  /** The rows are of the previous page while the next one loads. */
  readonly isStale: boolean
}

/** Ascending, descending, then the default order. */
const nextSort = (path: string, sort: Sort | null): Sort | null => {
  if (sort?.path !== path) return { path, isDescending: false }
  return sort.isDescending ? null : { path, isDescending: true }
}

const Head = ({
  column,
  sort,
  onSort,
}: { readonly column: Column } & Pick<RecordTableProps, 'sort' | 'onSort'>) => {
  const { sortPath, label } = column
  if (sortPath === null) return <Table.Th>{label}</Table.Th>
  const isSorted = sort?.path === sortPath
  const direction = isSorted ? (sort.isDescending ? 'descending' : 'ascending') : 'none'
  return (
    <Table.Th aria-sort={direction}>
      <UnstyledButton className={classes.head ?? ''} onClick={() => onSort(nextSort(sortPath, sort))}>
        <span>{label}</span>
        {direction === 'none' ? null : direction === 'ascending' ? (
          <IconArrowUp size={14} aria-hidden />
        ) : (
          <IconArrowDown size={14} aria-hidden />
        )}
      </UnstyledButton>
    </Table.Th>
  )
}

interface CellsProps extends Pick<RecordTableProps, 'object' | 'columns' | 'rows' | 'onOpen'> {
  readonly row: Row
}

const Cells = ({ object, columns, row, rows, onOpen }: CellsProps) =>
  columns.map(({ name, field }, index) => {
    const isLink = field.type === 'RELATION' || field.type === 'MORPH_RELATION'
    if (index > 0)
      return (
        <Table.Td key={name}>
          {isLink ? (
            <LinkCell field={field} row={row} rows={rows} />
          ) : (
            <ValueCell field={field} value={row[name]} />
          )}
        </Table.Td>
      )
    const isBlank = !isLink && valueText(field, row[name]) === ''
    const label = (
      <>
        {isBlank ? labelOf(object, row) : null}
        {isLink ? (
          <LinkLabel field={field} row={row} rows={rows} />
        ) : (
          <ValueCell field={field} value={row[name]} />
        )}
      </>
    )
    return (
      <Table.Th key={name} scope="row" fw={500} className={classes.first ?? ''}>
        {onOpen === null ? (
          label
        ) : (
          <UnstyledButton className={classes.open ?? ''} onClick={() => onOpen(row)}>
            <VisuallyHidden>Open </VisuallyHidden>
            {label}
          </UnstyledButton>
        )}
      </Table.Th>
    )
  })

const rowKey = (row: Row, index: number): string => (typeof row.id === 'string' ? row.id : `row ${index}`)

export const RecordTable = ({ object, columns, rows, sort, onSort, onOpen, isStale }: RecordTableProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by the keyboard.
  <section className={classes.table} data-stale={isStale} aria-label={object.labelPlural} tabIndex={0}>
    <Table highlightOnHover verticalSpacing={6} className={frame.plain}>
      <Table.Thead>
        <Table.Tr>
          {columns.map((column) => (
            <Head key={column.name} column={column} sort={sort} onSort={onSort} />
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row, index) => (
          <Table.Tr key={rowKey(row, index)}>
            <Cells object={object} columns={columns} row={row} rows={rows} onOpen={onOpen} />
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </section>
)
