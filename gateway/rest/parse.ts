// A request line → what is asked for, every parameter parsed, nothing looked up yet. In: method, path and query string; out: a
// RestRequest, or Problem BAD_USER_INPUT or METHOD_NOT_ALLOWED.

import { methodNotAllowed, Problem } from '../error/problem.ts'
import { parseQuery } from './query.ts'
import type { RestRequest } from './request.ts'
import { allowedMethods, matchRoute, parseFor, type Takes } from './routes.ts'

const badPath = (path: string): Problem =>
  new Problem(
    'BAD_USER_INPUT',
    `Query path '/rest${path.slice(0, 200)}' invalid. Valid examples: /rest/companies/id or /rest/companies or /rest/batch/companies`,
  )

/**
 * What a request under `/rest` asks for.
 * @param path what follows `/rest` in the path, still percent-encoded
 * @param search the query string without its question mark; broken percent-encoding is taken literally
 * @param takes what the objects of the caller's model take, to name the methods that are allowed instead
 */
export const parseRequest = (method: string, path: string, search: string, takes?: Takes): RestRequest => {
  const matched = matchRoute(path)
  if (matched === null) throw badPath(path)
  const parse = parseFor(matched.route, method)
  if (parse === undefined) throw methodNotAllowed(method, allowedMethods(path, takes))
  return parse(matched.place, parseQuery(search))
}
