// The paging parameters of lists that are not records: workspaces, keys, roles and members. Unlike those of
// records, unknown and repeated parameters are refused.

import { checkPage, type PageRequest, parsePageLimit } from '../../tenants/listPage.ts'
import { badInput } from '../error/problem.ts'
import type { Query } from './query.ts'

export const PAGE_PARAMETERS = ['limit', 'starting_after', 'search']

/** Throws Problem for an unknown or repeated parameter: a misspelt one would silently get its default. */
export const checkParameters = (query: Query, known: readonly string[]): void => {
  for (const [name, values] of query) {
    const shown = name.slice(0, 100)
    if (!known.includes(name))
      throw badInput(
        `There is no parameter "${shown}" here.`,
        undefined,
        known.length === 0 ? 'There are none.' : `There are ${known.join(', ')}.`,
      )
    if (values.length > 1) throw badInput(`The parameter "${shown}" is given ${values.length} times.`)
  }
}

/** Throws Problem for anything but true and false; false by default. */
export const flagParameter = (query: Query, name: string): boolean => {
  const [text = 'false'] = query.get(name) ?? []
  if (text === 'true' || text === 'false') return text === 'true'
  throw badInput(`${name} '${text.slice(0, 100)}' is invalid. Should be true or false`)
}

/** @param others parameters of the list, in addition to paging */
export const parsePageRequest = (
  query: Query,
  defaultLimit: number,
  others: readonly string[] = [],
): PageRequest => {
  checkParameters(query, [...PAGE_PARAMETERS, ...others])
  const given = (name: string): string | undefined => query.get(name)?.[0]
  const limit = given('limit')
  const request = {
    limit: limit === undefined ? defaultLimit : parsePageLimit(limit, 'limit'),
    after: given('starting_after'),
    search: given('search'),
  }
  checkPage(request, { limit: 'limit', after: 'starting_after' })
  return request
}

/** The `Link` header (RFC 8288) to the page after this one. */
export const nextPageLink = (path: string, query: Query, lastId: string): string => {
  const parameters = new URLSearchParams()
  for (const [name, [value = '']] of query) if (name !== 'starting_after') parameters.set(name, value)
  parameters.set('starting_after', lastId)
  return `<${path}?${parameters}>; rel="next"`
}
