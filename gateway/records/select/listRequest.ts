// What is asked of a list, from its arguments in either protocol.

import { LIST_ARGUMENT_NAMES, type ListArgument } from '../../../tenants/model/reserved.ts'
import { LIST_ARGUMENTS, type ListArguments, type ListArgumentType } from '../read/listArgument.ts'
import {
  PAGE_ARGUMENTS,
  type PageArgument,
  type PageArguments,
  type PageBounds,
  parsePage,
} from '../read/pageArguments.ts'

type RecordArgument = Exclude<ListArgument, PageArgument>

const isRecordArgument = (name: ListArgument): name is RecordArgument =>
  !PAGE_ARGUMENTS.some((each) => each === name)

/** The arguments that decide about all records of a list, not about the page alone. */
export const RECORD_ARGUMENTS = LIST_ARGUMENT_NAMES.filter(isRecordArgument)

type RecordArguments = Pick<ListArguments, RecordArgument>

/** Input of compiling a list's statement. */
export interface ListRequest extends RecordArguments {
  readonly page: PageBounds
  /** The filter's values are text from a URL. */
  readonly isLenient?: boolean
  /** Ties the records to an outer row. */
  readonly link?: string
  /** Nothing in it comes from a request. */
  readonly isFixed?: boolean
}

/** A single `orderBy` object is coerced to a list of one (GraphQL specification §3.11). */
export const coercedList = (given: unknown): readonly unknown[] | null =>
  given === null || given === undefined ? null : Array.isArray(given) ? given : [given]

const coerced = (type: ListArgumentType, given: unknown): unknown => {
  switch (type) {
    case 'OrderByInput':
      return coercedList(given)
    case 'Int':
    case 'String':
    case 'FilterInput':
      return given
  }
}

/** The arguments of a list, coerced. Others are ignored: those of a function may have any name. */
export const requestOf = (given: Readonly<Record<string, unknown>>, isNested: boolean): ListRequest => {
  const records: Partial<Record<RecordArgument, unknown>> = {}
  for (const name of RECORD_ARGUMENTS) records[name] = coerced(LIST_ARGUMENTS[name].type, given[name])
  return { ...(records as RecordArguments), page: parsePage(given as PageArguments, isNested) }
}
