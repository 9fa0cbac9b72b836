// The data model page: all objects as a list, or their relations as a diagram.

import { Anchor, Button, Group, SegmentedControl, Table, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { EmptyState } from '../parts/emptyState.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import rows from '../parts/rows.module.css'
import { InactiveBadge, OriginBadge } from './badges.tsx'
import { FormDialog } from './changeForm.tsx'
import { type ObjectSummary, originOf } from './object.ts'
import { ObjectForm } from './objectForm.tsx'
import { ObjectIcon } from './objectIcon.tsx'
import { useObjects, useRecordCounts } from './objectQueries.ts'
import { ReadOnlyNote, useMayChangeModel } from './permission.tsx'

const Diagram = lazy(() => import('./diagram/diagram.tsx'))

const EXACT_UP_TO = 10_000

const shownCount = (count: number | undefined): string => {
  if (count === undefined) return '–'
  return count > EXACT_UP_TO ? `≈ ${count.toLocaleString()}` : count.toLocaleString()
}

const matches = (object: ObjectSummary, wanted: string): boolean =>
  [object.labelSingular, object.labelPlural, object.nameSingular, object.namePlural].some((text) =>
    text.toLowerCase().includes(wanted.trim().toLowerCase()),
  )

const ObjectRow = ({ object, count }: { readonly object: ObjectSummary; readonly count: string }) => (
  <Table.Tr>
    <Table.Th scope="row" fw={500}>
      <Group gap={6}>
        <ObjectIcon name={object.icon} />
        <Anchor component={Link} href={`/model/${object.nameSingular}`}>
          {object.labelPlural}
        </Anchor>
        {object.isActive ? null : <InactiveBadge />}
      </Group>
      <Text size="xs" ff="monospace" c="dimmed" fw={400}>
        {object.namePlural}
      </Text>
    </Table.Th>
    <Table.Td>
      <OriginBadge origin={originOf(object)} />
    </Table.Td>
    <Table.Td className={rows.number}>{object.fieldsList.length}</Table.Td>
    <Table.Td className={rows.number}>
      <Anchor
        component={Link}
        href={`/records/${object.namePlural}`}
        aria-label={`Records of ${object.labelPlural}: ${count}`}
      >
        {count}
      </Anchor>
    </Table.Td>
  </Table.Tr>
)

interface ObjectsTableProps {
  readonly objects: readonly ObjectSummary[]
  /** Whether `objects` are the matches of a search. */
  readonly isSearch: boolean
}

const ObjectsTable = ({ objects, isSearch }: ObjectsTableProps) => {
  const mayChange = useMayChangeModel()
  const counts = useRecordCounts()
  if (objects.length === 0)
    return isSearch ? (
      <EmptyState title="No object with that name" text="Enter part of its label or name." />
    ) : mayChange ? (
      <EmptyState title="No objects yet" text="Create the first one here, or create a table with SQL." />
    ) : (
      <EmptyState title="No objects for your role" text="An administrator can grant it access to objects." />
    )
  return (
    <div className={rows.framed}>
      <Table miw={480} className={rows.plain}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Object</Table.Th>
            <Table.Th>Origin</Table.Th>
            <Table.Th className={rows.number}>Fields</Table.Th>
            <Table.Th className={rows.number}>Records</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {objects.map((object) => (
            <ObjectRow
              key={object.id}
              object={object}
              count={shownCount(counts.data?.get(object.namePlural))}
            />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

type ViewName = 'list' | 'diagram'

/** The view is part of the URL. */
const useViewName = (): readonly [ViewName, (view: ViewName) => void] => {
  const [search, setSearch] = useSearchParams()
  return [
    search.get('view') === 'diagram' ? 'diagram' : 'list',
    (view) => setSearch(view === 'list' ? {} : { view }, { replace: true }),
  ]
}

interface ObjectsProps {
  readonly objects: readonly ObjectSummary[]
  readonly view: ViewName
  readonly wanted: string
}

const Objects = ({ objects, view, wanted }: ObjectsProps) => {
  const isSearch = wanted.trim() !== ''
  const found = objects.filter((object) => matches(object, wanted))
  if (view === 'diagram')
    return (
      <Suspense fallback={<Loading rows={1} rowHeight={480} />}>
        <Diagram names={isSearch ? found.map(({ nameSingular }) => nameSingular) : null} />
      </Suspense>
    )
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs" aria-live="polite">
        {found.length} of {objects.length} objects
      </Text>
      <ObjectsTable objects={found} isSearch={isSearch} />
    </>
  )
}

const CreateObject = () => {
  const mayChange = useMayChangeModel()
  const [isOpen, setIsOpen] = useState(false)
  const close = () => setIsOpen(false)
  return (
    <>
      <Button
        disabled={!mayChange}
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setIsOpen(true)}
      >
        Create object
      </Button>
      <FormDialog title="Create object" isOpen={isOpen} onClose={close}>
        {() => <ObjectForm onClose={close} />}
      </FormDialog>
    </>
  )
}

const ModelPage = () => {
  const objects = useObjects()
  const [view, setView] = useViewName()
  const [typed, setTyped] = useState('')
  const [wanted] = useDebouncedValue(typed, 150)
  return (
    <>
      <PageHeader
        title="Data model"
        text="Objects are the tables of the workspace’s schema, including tables created with SQL."
        actions={<CreateObject />}
      />
      <ReadOnlyNote />
      <Group mb="md" justify="space-between">
        <TextInput
          aria-label="Search for an object"
          placeholder="Search objects"
          flex="1 1 12rem"
          maw={320}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <SegmentedControl
          aria-label="View"
          value={view}
          onChange={setView}
          data={[
            { value: 'list', label: 'List' },
            { value: 'diagram', label: 'Diagram' },
          ]}
        />
      </Group>
      <Query of={objects} rows={10} rowHeight={48}>
        {(all) => <Objects objects={all} view={view} wanted={wanted} />}
      </Query>
    </>
  )
}

export default ModelPage
