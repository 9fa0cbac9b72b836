// The page of one object: fields, indexes, relations, and whether its changes are logged. Every change of the
// model shows its dry run first.

import { Button, Group, Menu, Tabs } from '@mantine/core'
import { IconChevronDown, IconPlus } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { Link, useLocation, useParams, useSearchParams } from 'wouter'
import { BackLink } from '../parts/backLink.tsx'
import { Missing } from '../parts/emptyState.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import { InactiveBadge, OriginBadge } from './badges.tsx'
import { type Change, changeOf } from './change.ts'
import { useChangeConfirmation } from './changeConfirmation.tsx'
import { FormDialog } from './changeForm.tsx'
import { ChangeLogSettings } from './changeLogSettings.tsx'
import { FieldForm } from './field/fieldForm.tsx'
import { FieldsTable } from './field/fieldsTable.tsx'
import { IndexesTable } from './indexesTable.tsx'
import { DeleteObject, UpdateObject } from './modelChanges.graphql.ts'
import { type ModelObject, type ObjectSummary, originOf } from './object.ts'
import { ObjectForm } from './objectForm.tsx'
import { useModelObject, useObjects } from './objectQueries.ts'
import { ReadOnlyNote, useMayChangeModel } from './permission.tsx'

const Diagram = lazy(() => import('./diagram/diagram.tsx'))

const activation = ({ id, labelPlural, isActive }: ModelObject): Change =>
  changeOf(
    UpdateObject,
    { id, update: { isActive: !isActive } },
    {
      title: `${isActive ? 'Deactivate' : 'Activate'} “${labelPlural}”`,
      done: `“${labelPlural}” is ${isActive ? 'inactive; records are kept' : 'active'}.`,
    },
  )

const deletion = ({ id, labelPlural, namePlural }: ModelObject): Change =>
  changeOf(
    DeleteObject,
    { id },
    {
      title: `Delete “${labelPlural}” with all its records`,
      done: `“${labelPlural}” was deleted.`,
      isDangerous: true,
      typed: namePlural,
    },
  )

const Actions = ({ object }: { readonly object: ModelObject }) => {
  const [, navigate] = useLocation()
  const mayChange = useMayChangeModel()
  const [form, setForm] = useState<'field' | 'object' | null>(null)
  const [confirmChange, confirmation] = useChangeConfirmation((change) => {
    if (change.document === DeleteObject) navigate('/model')
  })
  const close = () => setForm(null)
  return (
    <>
      <Button variant="default" component={Link} href={`/records/${object.namePlural}`}>
        Records
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button
            variant="default"
            disabled={!mayChange}
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            Change
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={object.isSystem} onClick={() => setForm('object')}>
            Names and description …
          </Menu.Item>
          <Menu.Item disabled={object.isSystem} onClick={() => confirmChange(activation(object))}>
            {object.isActive ? 'Deactivate …' : 'Activate …'}
          </Menu.Item>
          <Menu.Item color="red" disabled={!object.isCustom} onClick={() => confirmChange(deletion(object))}>
            Delete …
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button
        disabled={!mayChange}
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setForm('field')}
      >
        Create field
      </Button>
      {confirmation}
      <FormDialog title={`Create field of ${object.labelPlural}`} isOpen={form === 'field'} onClose={close}>
        {() => <FieldForm object={object} onClose={close} />}
      </FormDialog>
      <FormDialog title={`Change “${object.labelPlural}”`} isOpen={form === 'object'} onClose={close}>
        {() => <ObjectForm object={object} onClose={close} />}
      </FormDialog>
    </>
  )
}

/** The tab is part of the URL, so that it can be linked and survives a reload. */
const TABS = [
  { value: 'fields', label: 'Fields' },
  { value: 'indexes', label: 'Indexes' },
  { value: 'relations', label: 'Relations' },
  { value: 'changes', label: 'Change log' },
] as const

const Content = ({ summary }: { readonly summary: ObjectSummary }) => {
  const query = useModelObject(summary.id)
  const [search, setSearch] = useSearchParams()
  const mayChange = useMayChangeModel()
  const tabs = TABS.filter(({ value }) => value !== 'changes' || mayChange)
  const tab = tabs.find(({ value }) => value === search.get('tab'))?.value ?? 'fields'
  return (
    <>
      <PageHeader
        title={summary.labelPlural}
        before={<BackLink href="/model" label="Data model" />}
        text={
          <Group component="span" gap="xs">
            <OriginBadge origin={originOf(summary)} />
            {summary.isActive ? null : <InactiveBadge />}
            <span>{summary.description}</span>
          </Group>
        }
        actions={query.data === undefined ? null : <Actions object={query.data} />}
      />
      <ReadOnlyNote />
      <Query of={query} rows={10} rowHeight={44}>
        {(object) => (
          <Tabs
            value={tab}
            keepMounted={false}
            onChange={(next) =>
              setSearch(next === null || next === 'fields' ? {} : { tab: next }, { replace: true })
            }
          >
            <Tabs.List mb="md">
              {tabs.map(({ value, label }) => (
                <Tabs.Tab key={value} value={value}>
                  {label}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="fields">
              <FieldsTable object={object} />
            </Tabs.Panel>
            <Tabs.Panel value="indexes">
              <IndexesTable object={object} />
            </Tabs.Panel>
            <Tabs.Panel value="changes">
              <ChangeLogSettings object={object} />
            </Tabs.Panel>
            <Tabs.Panel value="relations">
              <Suspense fallback={<Loading rows={1} rowHeight={480} />}>
                <Diagram focus={object.nameSingular} />
              </Suspense>
            </Tabs.Panel>
          </Tabs>
        )}
      </Query>
    </>
  )
}

const ObjectPage = () => {
  const { object: name } = useParams<{ readonly object: string }>()
  const objects = useObjects()
  return (
    <Query of={objects} rows={10}>
      {(all) => {
        const summary = all.find(
          ({ nameSingular, namePlural }) => nameSingular === name || namePlural === name,
        )
        return summary === undefined ? (
          <Missing
            title={`Object “${name}” not found`}
            text="It was renamed or deleted, or your role cannot see it."
            action={
              <Button component={Link} href="/model" variant="default">
                All objects
              </Button>
            }
          />
        ) : (
          <Content key={summary.id} summary={summary} />
        )
      }}
    </Query>
  )
}

export default ObjectPage
