// Old and new values of a change, field by field.

import type { ReactNode } from 'react'
import { LinkCell, ValueCell } from '../cell.tsx'
import { linkOf } from '../link.ts'
import { type Row, valueText } from '../value.ts'
import type { Difference } from './change.ts'
import classes from './history.module.css'

interface ValueProps {
  readonly of: Difference
  readonly row: Row
}

const Value = ({ of: { name, field }, row }: ValueProps): ReactNode => {
  if (field === undefined) return <span>{JSON.stringify(row[name] ?? null)}</span>
  if (field.relation !== null || field.morphRelations !== null)
    return linkOf(field, row) === null ? (
      <span className={classes.none}>empty</span>
    ) : (
      <LinkCell field={field} row={row} rows={[row]} />
    )
  return valueText(field, row[field.name]) === '' ? (
    <span className={classes.none}>empty</span>
  ) : (
    <ValueCell field={field} value={row[field.name]} />
  )
}

/** The id of a record in the trash reads null, so a change of it can have null on both sides. */
const isToTrash = ({ name }: Difference, ...sides: readonly (Row | null | undefined)[]): boolean =>
  name.endsWith('Id') && sides.every((row) => row != null && row[name] === null)

interface DifferencesProps {
  readonly of: readonly Difference[]
  /** Null if the change has no such side, or the role cannot see it. */
  readonly before: Row | null | undefined
  readonly after: Row | null | undefined
}

interface SidesProps extends Omit<DifferencesProps, 'of'> {
  readonly of: Difference
}

const Sides = ({ of: difference, before, after }: SidesProps) => (
  <>
    {before == null ? null : (
      <del>
        <Value of={difference} row={before} />
      </del>
    )}
    {before == null || after == null ? null : <span aria-hidden> → </span>}
    {after == null ? null : (
      <ins>
        <Value of={difference} row={after} />
      </ins>
    )}
  </>
)

export const Differences = ({ of: differences, before, after }: DifferencesProps) =>
  differences.length === 0 ? null : (
    <dl className={classes.differences}>
      {differences.map((difference) => (
        <div key={difference.name}>
          <dt>{difference.label}</dt>
          <dd>
            {isToTrash(difference, before, after) ? (
              <span className={classes.none}>a record in the trash</span>
            ) : (
              <Sides of={difference} before={before} after={after} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
