// The records of one object: filter, columns, table, pages and the panel of the open record. The URL holds
// the view.

import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconFilter, IconPlus, IconTrash } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import type { ModelObject } from '../model/object.ts'
import { EmptyState } from '../parts/emptyState.tsx'
import { Query } from '../parts/query.tsx'
import { columnsOf, firstColumns, isReadable } from './column.ts'
import { ColumnPicker } from './columnPicker.tsx'
import { filterText } from './filter.ts'
import { FilterBuilder, newCondition } from './filterBuilder.tsx'
import { keyOf, useKey } from './key.ts'
import { filterablesOfObject } from './operator.ts'
import { type RecordPage, type Search, useRecordPage } from './page.ts'
import { Pager } from './pager.tsx'
import { NewRecordPanel, RecordPanel } from './recordPanel.tsx'
import { RecordTable } from './recordTable.tsx'
import { NEW, useView, type View } from './view.ts'

interface ToolbarProps {
  readonly object: ModelObject
  readonly view: View
  readonly shown: readonly string[]
  readonly onChange: (change: Partial<View>) => void
}

/** Conditions in the filter, and whether its builder is open. */
const useFilter = ({ object, view, onChange }: Pick<ToolbarProps, 'object' | 'view' | 'onChange'>) => {
  const filterables = useMemo(() => filterablesOfObject(object), [object])
  const [isOpen, setIsOpen] = useState(view.conditions.length > 0)
  const count = view.conditions.filter((condition) => filterText([condition], filterables) !== null).length
  /** Opens with one condition to fill in; closes without conditions that were never filled in. */
  const toggle = () => {
    const first = newCondition(filterables)
    if (!isOpen && view.conditions.length === 0 && first !== null) onChange({ conditions: [first] })
    if (isOpen && count === 0 && view.conditions.length > 0) onChange({ conditions: [] })
    setIsOpen(!isOpen)
  }
  return { filterables, isOpen, count, toggle }
}

const FilterButton = ({ isOpen, count, toggle }: ReturnType<typeof useFilter>) => (
  <Button
    variant="default"
    leftSection={<IconFilter size={16} aria-hidden />}
    aria-expanded={isOpen}
    onClick={toggle}
  >
    Filter
    {count === 0 ? null : (
      <Badge ml={6} size="sm" circle>
        {count}
      </Badge>
    )}
  </Button>
)

const TrashButton = ({ view, onChange }: Pick<ToolbarProps, 'view' | 'onChange'>) => (
  <Button
    variant={view.isTrash ? 'light' : 'default'}
    leftSection={<IconTrash size={16} aria-hidden />}
    aria-pressed={view.isTrash}
    onClick={() => onChange({ isTrash: !view.isTrash })}
  >
    Trash
  </Button>
)

const Toolbar = ({ object, view, shown, onChange }: ToolbarProps) => {
  const filter = useFilter({ object, view, onChange })
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <FilterButton {...filter} />
        <ColumnPicker
          columns={columnsOf(object)}
          shown={shown}
          onChange={(columns) => onChange({ columns })}
        />
        {object.fieldsList.some(({ name }) => name === 'deletedAt') ? (
          <TrashButton view={view} onChange={onChange} />
        ) : null}
        <Button
          ml="auto"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => onChange({ open: NEW })}
        >
          Create record
        </Button>
      </Group>
      {filter.isOpen ? (
        <FilterBuilder
          filterables={filter.filterables}
          conditions={view.conditions}
          onChange={(conditions) => onChange({ conditions })}
        />
      ) : null}
    </Stack>
  )
}

const Empty = ({ view, onChange }: Pick<ToolbarProps, 'view' | 'onChange'>) => {
  if (view.conditions.length > 0)
    return (
      <EmptyState
        title="No records match the filter"
        text="Change a condition, or remove the filter."
        action={<Button onClick={() => onChange({ conditions: [] })}>Remove the filter</Button>}
      />
    )
  if (view.isTrash)
    return (
      <EmptyState title="The trash is empty" text="Records appear here when you move them to the trash." />
    )
  return (
    <EmptyState
      title="No records yet"
      text="Create the first one here, or with the API."
      action={<Button onClick={() => onChange({ open: NEW })}>Create record</Button>}
    />
  )
}

interface PagesProps extends ToolbarProps {
  readonly search: Search
}

const Pages = ({ object, view, shown, search, onChange }: PagesProps) => {
  const page = useRecordPage(object.namePlural, search, view.place)
  const key = useKey(object)
  const keyNames = key.data ?? []
  const hasNoKey = key.data?.length === 0
  const close = () => onChange({ open: null })
  const table = (data: RecordPage) => (
    <RecordTable
      object={object}
      columns={columnsOf(object).filter(
        (column) => shown.includes(column.name) && isReadable(column, data.rows),
      )}
      rows={data.rows}
      sort={view.sort}
      onSort={(sort) => onChange({ sort })}
      // The key of a table made by SQL is found after its rows: a click before that would open nothing.
      onOpen={keyNames.length === 0 ? null : (row) => onChange({ open: keyOf(row, keyNames) })}
      isStale={page.isPlaceholderData}
    />
  )
  return (
    <>
      <Query of={page} rows={12}>
        {(data) => (
          <Stack gap="xs">
            {data.rows.length === 0 && data.index === 0 ? (
              <Empty view={view} onChange={onChange} />
            ) : (
              <>
                {table(data)}
                <Pager
                  page={data}
                  isFetching={page.isPlaceholderData}
                  onPlace={(next) => onChange({ place: next })}
                />
                {hasNoKey ? (
                  <Text size="sm" c="dimmed">
                    These records have no key, so they can be read but not opened.
                  </Text>
                ) : null}
              </>
            )}
          </Stack>
        )}
      </Query>
      {view.open === NEW ? <NewRecordPanel object={object} onClose={close} /> : null}
      {view.open === null || view.open === NEW || keyNames.length === 0 ? null : (
        <RecordPanel
          object={object}
          keyNames={keyNames}
          recordKey={view.open}
          rows={page.data?.rows ?? []}
          isTrash={view.isTrash}
          onClose={close}
        />
      )}
    </>
  )
}

export const RecordBrowser = ({ object }: { readonly object: ModelObject }) => {
  const [view, onChange] = useView()
  const filterables = useMemo(() => filterablesOfObject(object), [object])
  const shown = view.columns ?? firstColumns(columnsOf(object))
  const [filter] = useDebouncedValue(filterText(view.conditions, filterables), 300)
  const search: Search = { filter, sort: view.sort, isTrash: view.isTrash }
  return (
    <Stack gap="sm">
      <Toolbar object={object} view={view} shown={shown} onChange={onChange} />
      <Pages object={object} view={view} shown={shown} search={search} onChange={onChange} />
    </Stack>
  )
}
