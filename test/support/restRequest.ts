// A request line as the record API parses it: matched against its rows, then parsed.

import type { Route } from '../../gateway/http/context.ts'
import { parseQuery } from '../../gateway/http/query.ts'
import { createMatcher } from '../../gateway/http/router.ts'
import { parseRequest } from '../../gateway/rest/parse.ts'
import type { RestRequest } from '../../gateway/rest/restRequest.ts'
import { pathNamesOf } from '../../gateway/rest/route.ts'
import { RECORD_ROWS, type RecordRow } from '../../gateway/rest/routes.ts'

const routeOf = ({ pattern }: RecordRow): Route => ({
  pattern,
  protocol: 'rest',
  isCrossOrigin: true,
  spelling: 'segments',
  known: null,
  allow: [],
  answers: new Map(),
  otherwise: async () => {},
})
const match = createMatcher(RECORD_ROWS.map(routeOf))

/** @param path below `/rest` */
export const parsedRequest = (method: 'GET' | 'HEAD' | 'PUT', path: string, search = ''): RestRequest => {
  const { route, params } = match(`/rest${path}`)
  const kind = RECORD_ROWS.find(({ pattern }) => pattern === route?.pattern)?.methods[method]
  if (kind === undefined) throw new Error(`The record API has no ${method} ${path}.`)
  return parseRequest(kind, pathNamesOf(params), parseQuery(search))
}
