// Arguments of every list: their GraphQL type, and the query parameter that REST has for them.

import type { ListArgument } from '../../../tenants/model/reserved.ts'

interface Definition {
  /** A scalar, or the suffix of an input type of the object; `orderBy` takes a list. */
  readonly type: 'Int' | 'String' | 'FilterInput' | 'OrderByInput'
  /** Null if only GraphQL has the argument. */
  readonly parameter: string | null
}

export const LIST_ARGUMENTS = {
  first: { type: 'Int', parameter: 'limit' },
  last: { type: 'Int', parameter: null },
  offset: { type: 'Int', parameter: null },
  before: { type: 'String', parameter: 'ending_before' },
  after: { type: 'String', parameter: 'starting_after' },
  filter: { type: 'FilterInput', parameter: 'filter' },
  orderBy: { type: 'OrderByInput', parameter: 'order_by' },
} as const satisfies Readonly<Record<ListArgument, Definition>>

/** Query parameters of every list in REST. */
export type ListParameter = NonNullable<(typeof LIST_ARGUMENTS)[ListArgument]['parameter']>
