// The `order_by` parameter: `field[,field[Direction]]…`, where a field may be `composite.sub` or
// `relation.field`, parsed to `orderBy` objects as in GraphQL. Names and directions are checked during
// compilation.

import { Problem } from '../error/problem.ts'

const DEFAULT_DIRECTION = 'AscNullsFirst'
const TERM = /^([^[\],]+)(?:\[([^[\],]*)\])?$/

/** Throws Problem BAD_USER_INPUT for an invalid list of terms. */
export const parseOrderBy = (text: string | undefined): readonly Readonly<Record<string, unknown>>[] => {
  if (text === undefined || text.trim() === '') return []
  return text.split(',').map((part) => {
    const match = TERM.exec(part.trim())
    if (match === null)
      throw new Problem(
        'BAD_USER_INPUT',
        `'order_by' invalid for '${part.slice(0, 100)}'. eg: ?order_by=field_1[AscNullsFirst],field_2[DescNullsLast],field_3`,
        { subCode: 'INVALID_ARGS_ORDER' },
      )
    const [, path = '', direction = DEFAULT_DIRECTION] = match
    const [last = '', ...outer] = path.trim().split('.').reverse()
    return outer.reduce<Record<string, unknown>>((inner, name) => ({ [name]: inner }), { [last]: direction })
  })
}
