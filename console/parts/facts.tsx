// Names and what they stand for, as a list of definitions.

import type { ReactNode } from 'react'
import classes from './facts.module.css'

export const Facts = ({ of: facts }: { readonly of: readonly (readonly [string, ReactNode])[] }) => (
  <dl className={classes.facts}>
    {facts.map(([name, value]) => (
      <div key={name} className={classes.fact}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)
