// Arguments of every list: the type of each, and the query parameter that REST has for it. GraphQL, REST and
// OpenAPI read this table: they have a case for each type. Only what decides the page is known by name
// (pageArguments.ts).

import type { ListArgument } from '../../../tenants/model/reserved.ts'

/** Page sizes of lists that are not nested. */
export const DEFAULT_RECORD_LIMIT = 60
export const MAX_RECORD_LIMIT = 200

/** Values by type: a scalar, or an input of the object's own, which `orderBy` takes a list of. */
interface ArgumentValues {
  readonly Int: number | null
  readonly String: string | null
  readonly FilterInput: unknown
  readonly OrderByInput: readonly unknown[] | null
}

export type ListArgumentType = keyof ArgumentValues

interface Described {
  /** In GraphQL. */
  readonly description: string
}

interface NumberArgument extends Described {
  readonly type: 'Int'
  readonly parameter: {
    readonly name: string
    readonly description: string
    readonly byDefault: number
    /** Larger values are reduced. */
    readonly atMost: number
  }
}

interface TextArgument extends Described {
  readonly type: 'String'
  readonly parameter: { readonly name: string; readonly description: string }
}

/** OpenAPI describes the parameter by the fields of the object. */
export interface InputArgument extends Described {
  readonly type: 'FilterInput' | 'OrderByInput'
  readonly parameter: { readonly name: string }
}

export type ArgumentInRest = NumberArgument | TextArgument | InputArgument

interface ArgumentOfGraphQL extends Described {
  readonly type: ListArgumentType
  readonly parameter: null
}

type Definition = ArgumentInRest | ArgumentOfGraphQL

/** In the order of OpenAPI. */
export const LIST_ARGUMENTS = {
  filter: {
    type: 'FilterInput',
    description: 'A filter for the records.',
    parameter: { name: 'filter' },
  },
  orderBy: {
    type: 'OrderByInput',
    description: 'Order of the records; ties are ordered by key.',
    parameter: { name: 'order_by' },
  },
  first: {
    type: 'Int',
    description: `Number of records from the start; ${DEFAULT_RECORD_LIMIT} by default.`,
    parameter: {
      name: 'limit',
      description: `Records of a page; at most ${MAX_RECORD_LIMIT}, larger values are reduced.`,
      byDefault: DEFAULT_RECORD_LIMIT,
      atMost: MAX_RECORD_LIMIT,
    },
  },
  after: {
    type: 'String',
    description: 'Only records after this cursor.',
    parameter: {
      name: 'starting_after',
      description: 'Returns the page after this cursor (`pageInfo.endCursor`).',
    },
  },
  before: {
    type: 'String',
    description: 'Only records before this cursor.',
    parameter: {
      name: 'ending_before',
      description:
        'Returns the page before this cursor (`pageInfo.startCursor`). Cannot be combined with `starting_after`.',
    },
  },
  last: { type: 'Int', description: 'Number of records from the end.', parameter: null },
  offset: { type: 'Int', description: 'Records to skip.', parameter: null },
} as const satisfies Readonly<Record<ListArgument, Definition>>

/** The values of a request, as both protocols pass them on. */
export type ListArguments = {
  readonly [Name in ListArgument]?: ArgumentValues[(typeof LIST_ARGUMENTS)[Name]['type']] | undefined
}

const isListArgument = (name: string): name is ListArgument => Object.hasOwn(LIST_ARGUMENTS, name)

/** The arguments that REST has as query parameters. */
export const ARGUMENTS_IN_REST: readonly (readonly [ListArgument, ArgumentInRest])[] = Object.keys(
  LIST_ARGUMENTS,
)
  .filter(isListArgument)
  .flatMap((name) => {
    const definition: Definition = LIST_ARGUMENTS[name]
    return definition.parameter === null ? [] : [[name, definition] as const]
  })
