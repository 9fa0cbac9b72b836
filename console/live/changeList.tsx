// The changes that came, newest first, each with its record, its author and its values.

import { Link } from 'wouter'
import { useObjects } from '../model/objectQueries.ts'
import { RelativeTime } from '../parts/relativeTime.tsx'
import { differencesOf } from '../records/history/change.ts'
import { Differences } from '../records/history/differences.tsx'
import classes from '../records/history/history.module.css'
import { OperationBadge } from '../records/history/operationBadge.tsx'
import { useActorNames } from '../records/history/useActorNames.ts'
import { labelOf, useObjectOf } from '../records/relationLabels.ts'
import type { LiveChange } from './changeStream.ts'

const countOf = ({ rowCount }: LiveChange): string | null =>
  rowCount === undefined ? null : rowCount === 1 ? '1 row' : `${rowCount} rows`

/** The object in the plural, and the record as a link unless it is gone. */
const Subject = ({ change }: { readonly change: LiveChange }) => {
  const { object: name, id, record, previous } = change
  const object = useObjectOf(name).data
  if (name === undefined) return <b>A record</b>
  const shown = record ?? previous
  const label = object === undefined || shown === null ? (id ?? countOf(change)) : labelOf(object, shown)
  return (
    <b>
      {object?.labelSingular ?? name}{' '}
      {object === undefined || record === null || id == null ? (
        label
      ) : (
        <Link href={`/records/${object.namePlural}?open=${encodeURIComponent(id)}`} className={classes.link}>
          {label}
        </Link>
      )}
    </b>
  )
}

const Values = ({ change }: { readonly change: LiveChange }) => {
  const object = useObjectOf(change.object).data
  if (object === undefined) return null
  const { operation, previous, record } = change
  const isGone = operation === 'destroyed'
  return (
    <Differences
      of={differencesOf(object, change, isGone ? previous : record)}
      before={operation === 'created' ? null : previous}
      after={isGone ? null : record}
    />
  )
}

export const ChangeList = ({ changes }: { readonly changes: readonly LiveChange[] }) => {
  // Loads the objects once, for the names of all entries.
  useObjects()
  const nameOf = useActorNames(changes.map(({ actor }) => actor))
  return (
    <ol className={`${classes.list} ${classes.framed}`} aria-label="Changes">
      {changes.map((change) => (
        <li key={change.position} className={classes.entry}>
          <div className={classes.head}>
            <OperationBadge operation={change.operation} />
            <Subject change={change} />
            <span className={classes.who}>
              <RelativeTime at={change.at} /> by {nameOf(change.actor)}
            </span>
          </div>
          <Values change={change} />
        </li>
      ))}
    </ol>
  )
}
