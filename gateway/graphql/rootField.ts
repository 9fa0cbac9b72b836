// A root field of an operation, and how it is answered.

import type { GraphQLOutputType } from 'postgraphile/graphql'
import type { CountMode } from '../../tenants/model/countMode.ts'
import type { Past } from '../records/recordHistory.ts'
import type { Arguments, ReadArguments } from '../records/run.ts'
import type { ListStatements } from '../records/select/listStatements.ts'
import type { Runner } from '../records/write/answered.ts'
import type { WriteContext } from '../records/write/writeOperation.ts'
import type { Selected } from './select/collect.ts'

/** An error in addition to the data of a field. */
interface ItemError {
  /** Position in the field's list. */
  readonly index: number
  readonly error: unknown
}

/** What a request executes an operation with. */
export interface Execution extends Runner {
  readonly context: WriteContext
  readonly past: Past
  readonly variables: Arguments
  /** How the totals of lists are found. */
  readonly count: CountMode
  readonly lists: ListStatements
}

/**
 * Returns the field's JSON.
 * @param onItemError receives the error of a single list item
 */
export type AnswerField = (execution: Execution, onItemError: (error: ItemError) => void) => Promise<string>

export interface RootField {
  readonly selected: Selected
  readonly type: GraphQLOutputType
  readonly read: ReadArguments
}
