// The requested page of a list: from the arguments of a connection field to how many records from which end,
// or a Problem with the contract's message. The values are known only at run time: arguments may be
// variables.

import type { ListArgument } from '../../../tenants/model/reserved.ts'
import { Problem } from '../../error/problem.ts'
import { DEFAULT_RECORD_LIMIT, type ListArguments, MAX_RECORD_LIMIT } from './listArgument.ts'

/** A list inside a list is capped silently, as in the contract; its page info shows that there is more. */
const MAX_NESTED_RECORDS = 60

/** The arguments that decide which page it is. */
export const PAGE_ARGUMENTS = [
  'first',
  'last',
  'offset',
  'before',
  'after',
] as const satisfies readonly ListArgument[]

export type PageArgument = (typeof PAGE_ARGUMENTS)[number]
export type PageArguments = Pick<ListArguments, PageArgument>

/** Default page size. */
export const NESTED_RECORDS = MAX_NESTED_RECORDS

/** Exactly one of `first` and `last` is a number. */
export interface PageBounds {
  readonly first: number | null
  readonly last: number | null
  readonly offset: number | null
  readonly cursor: { readonly side: 'after' | 'before'; readonly text: string } | null
}

const COUNTS = { First: 'INVALID_ARGS_FIRST', Last: 'INVALID_ARGS_LAST', Offset: 'INVALID_ARGS_PAGINATION' }

const bad = (message: string, subCode: string): Problem => new Problem('BAD_USER_INPUT', message, { subCode })

const isGiven = (value: unknown): boolean => value !== null && value !== undefined

const EXCLUSIVE = [
  ['first', 'last'],
  ['before', 'after'],
  ['before', 'first'],
  ['after', 'last'],
  ['offset', 'last'],
  ['offset', 'before'],
] as const

const checkCount = (
  name: keyof typeof COUNTS,
  count: number | null | undefined,
  atMost = Number.POSITIVE_INFINITY,
): void => {
  if (typeof count !== 'number') return
  if (count < 0) throw bad(`${name} argument must be non-negative`, COUNTS[name])
  if (count > atMost) throw bad(`${name} argument must be at most ${atMost}`, COUNTS[name])
}

/** Clients without a cursor may send an empty one. */
const withoutEmpty = ({ first, last, offset, before, after }: PageArguments): PageArguments => ({
  first,
  last,
  offset,
  before: before || null,
  after: after || null,
})

export const parsePage = (args: PageArguments, isNested: boolean): PageBounds => {
  const given = withoutEmpty(args)
  for (const [one, other] of EXCLUSIVE)
    if (isGiven(given[one]) && isGiven(given[other]))
      throw bad(`Cannot provide both ${one} and ${other}`, 'ARGS_CONFLICT')
  checkCount('First', given.first, MAX_RECORD_LIMIT)
  checkCount('Last', given.last, MAX_RECORD_LIMIT)
  checkCount('Offset', given.offset)
  const { first, last, offset, before, after } = given
  const isBackward = isGiven(last) || isGiven(before)
  const count = Math.min(
    first ?? last ?? DEFAULT_RECORD_LIMIT,
    isNested ? MAX_NESTED_RECORDS : MAX_RECORD_LIMIT,
  )
  const side = isGiven(after) ? 'after' : 'before'
  const text = after ?? before ?? null
  return {
    first: isBackward ? null : count,
    last: isBackward ? count : null,
    offset: offset ?? null,
    cursor: text === null ? null : { side, text },
  }
}
