// A list of terms and their values.

import type { ReactNode } from 'react'
import classes from './definitionList.module.css'

export const DefinitionList = ({ of: items }: { readonly of: readonly (readonly [string, ReactNode])[] }) => (
  <dl className={classes.list}>
    {items.map(([term, value]) => (
      <div key={term} className={classes.item}>
        <dt>{term}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)
