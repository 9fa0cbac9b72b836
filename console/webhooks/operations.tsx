// The operations of a webhook, read-only.

import { Code } from '@mantine/core'
import rows from '../parts/rows.module.css'
import classes from './webhooks.module.css'

export const Operations = ({ of: operations }: { readonly of: readonly string[] }) =>
  operations.length === 0 ? (
    <span className={rows.muted}>None</span>
  ) : (
    <span className={classes.operations}>
      {operations.map((operation) => (
        <Code key={operation}>{operation}</Code>
      ))}
    </span>
  )
