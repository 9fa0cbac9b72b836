// The records page: a list of objects, and the records of the one in the URL.

import { Anchor, Button } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { IconLock } from '@tabler/icons-react'
import { Link, Redirect, useParams } from 'wouter'
import type { ObjectSummary } from '../model/object.ts'
import { useModelObject, useObjects } from '../model/objectQueries.ts'
import { useMayChangeModel } from '../model/permission.tsx'
import { EmptyState, Missing } from '../parts/emptyState.tsx'
import { PageHeader } from '../parts/pageHeader.tsx'
import { Query } from '../parts/query.tsx'
import { ObjectList, ObjectSelect } from './objectList.tsx'
import { RecordBrowser } from './recordBrowser.tsx'
import classes from './records.module.css'

const Records = ({ summary }: { readonly summary: ObjectSummary }) => {
  const object = useModelObject(summary.id)
  return (
    <section className={classes.main}>
      <PageHeader
        title={summary.labelPlural}
        text={
          <Anchor component={Link} href={`/model/${summary.nameSingular}`} size="sm">
            Fields, indexes and relations
          </Anchor>
        }
      />
      <Query of={object} rows={12}>
        {(data) => <RecordBrowser key={data.id} object={data} />}
      </Query>
    </section>
  )
}

/** The first object to show: system objects only if there are no others. */
const firstOf = (objects: readonly ObjectSummary[]): ObjectSummary | undefined =>
  objects.find(({ isSystem }) => !isSystem) ?? objects[0]

const NoObjects = () => {
  useDocumentTitle('Records · Tenantry')
  return useMayChangeModel() ? (
    <EmptyState
      title="There are no objects yet"
      text="Records belong to objects. Create one in the data model."
      action={
        <Button component={Link} href="/model">
          Data model
        </Button>
      }
    />
  ) : (
    <EmptyState
      icon={<IconLock size={32} stroke={1.5} aria-hidden />}
      title="No records for your role"
      text="Your role cannot see any object of this workspace. An administrator can grant access."
    />
  )
}

const Content = ({
  objects,
  name,
}: {
  readonly objects: readonly ObjectSummary[]
  readonly name?: string
}) => {
  const active = objects.filter(({ isActive }) => isActive)
  const first = firstOf(active)
  if (first === undefined) return <NoObjects />
  if (name === undefined) return <Redirect to={`/records/${first.namePlural}`} replace />
  const summary = objects.find(({ namePlural, nameSingular }) => namePlural === name || nameSingular === name)
  return (
    <div className={classes.page}>
      <ObjectList objects={active} current={summary?.namePlural ?? ''} />
      <ObjectSelect objects={active} current={summary?.namePlural ?? ''} />
      {summary === undefined ? (
        <Missing
          title={`Object “${name}” not found`}
          text="It was renamed or deleted, or your role cannot see it."
          action={
            <Button component={Link} href={`/records/${first.namePlural}`} variant="default">
              {first.labelPlural}
            </Button>
          }
        />
      ) : (
        <Records key={summary.id} summary={summary} />
      )}
    </div>
  )
}

const RecordsPage = () => {
  const { object } = useParams<{ readonly object?: string }>()
  const objects = useObjects()
  return (
    <Query of={objects} rows={12}>
      {(all) => <Content objects={all} {...(object === undefined ? {} : { name: object })} />}
    </Query>
  )
}

export default RecordsPage
