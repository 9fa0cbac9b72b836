// `/rest/metadata/apiKeys…`, `/roles…` and `/webhooks…`: route → act → answer. Answers have no envelope.
// Lists are arrays, as in the contract outside the data model; in the flat format every list is a page.
// `/rest/apiKeys` and `/rest/webhooks` are older names. The actions are in restKeys.ts, restRoles.ts and
// webhooks/restWebhooks.ts.

import { type ListPage, MAX_PAGE, type PageRequest } from '../../../tenants/listPage.ts'
import { isUuid } from '../../../tenants/uuid.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { badInput, methodNotAllowed, Problem } from '../../error/problem.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Context, Handler, RouteRow } from '../../http/context.ts'
import { nextPageLink, parsePageRequest } from '../../http/listQuery.ts'
import { decodePercent, parseQuery, type Query } from '../../http/query.ts'
import { rowsOf } from '../../http/surface.ts'
import { METADATA_ROOT } from '../paths.ts'
import type { Access, OpenAccess } from './access.ts'

export interface AccessCall {
  readonly requestContext: RequestContext<unknown>
  readonly access: Access
  /** Empty if the path has none. */
  readonly id: string
  readonly query: Query
  /** The body; an empty object if there is none. */
  readonly body: () => Promise<unknown>
}

interface AccessAnswer {
  readonly status: number
  /** Absent: the answer is a page of a list. */
  readonly body?: unknown
  readonly page?: ListPage<{ readonly id: string }>
}

export type AccessAction = (call: AccessCall) => Promise<AccessAnswer>

/** By method and pattern, as in `GET apiKeys/{id}`. */
export type AccessActions = Readonly<Record<string, AccessAction>>

/** @param others parameters of the list, in addition to paging */
export const pageRequest = ({ query }: AccessCall, others?: readonly string[]): PageRequest =>
  parsePageRequest(query, MAX_PAGE, others)

const COLLECTIONS = ['apiKeys', 'roles', 'webhooks'].map((name) => `${METADATA_ROOT}/${name}`)
/** Collections that have an older address, without `metadata`. */
const ALIASED = ['apiKeys', 'webhooks'].map((name) => `${METADATA_ROOT}/${name}`)
const aliasOf = (address: string): string => address.replace(METADATA_ROOT, '/rest')

const idOf = (segment: string): string => {
  const id = decodePercent(segment)
  if (isUuid(id)) return id.toLowerCase()
  throw badInput(`'${id.slice(0, 100)}' is not an id`)
}

/** A page in the flat format. */
const flatPage = ({ items, hasNextPage, totalCount }: ListPage<{ readonly id: string }>, query: Query) => ({
  data: items,
  pageInfo: {
    hasNextPage,
    hasPreviousPage: query.has('starting_after'),
    startCursor: items[0]?.id ?? null,
    endCursor: items.at(-1)?.id ?? null,
  },
  totalCount,
})

const hasBody = ({ headers }: Context['req']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Invalid ids are refused before wrong methods. */
const refuseMethod = async ({ method, state: { target } }: Context): Promise<never> => {
  if (target.params.id !== undefined) idOf(target.params.id)
  throw methodNotAllowed(method, target.route?.allow ?? [])
}

const refusePath = async ({ state: { target } }: Context): Promise<never> => {
  idOf(target.params.id ?? '')
  throw new Problem('NOT_FOUND', `There is nothing at ${target.path.slice(0, 200)}.`)
}

export const createAccessRest = ({
  actions,
  openAccess,
  readJson,
}: {
  readonly actions: AccessActions
  readonly openAccess: OpenAccess
  readonly readJson: ReadJson
}): readonly RouteRow<Handler<RequestContext<unknown>>>[] => {
  /** @param canonical the pattern of the newer address, for the access log */
  const answering =
    (action: AccessAction, canonical: string): Handler<RequestContext<unknown>> =>
    async (ctx, requestContext) => {
      const { path, search, params } = ctx.state.target
      const id = params.id === undefined ? '' : idOf(params.id)
      ctx.state.route = canonical
      const query = parseQuery(search)
      const { status, body, page } = await action({
        requestContext,
        access: openAccess(requestContext),
        id,
        query,
        body: async () => (hasBody(ctx.req) ? readJson(ctx.req) : {}),
      })
      ctx.status = status
      ctx.type = 'application/json'
      // The older address returns a bare array in either format.
      const isFlat =
        requestContext.workspace.settings.restMetadataFormat === 'flat' && path.startsWith(METADATA_ROOT)
      if (page?.hasNextPage === true) ctx.set('link', nextPageLink(path, query, page.items.at(-1)?.id ?? ''))
      ctx.body = JSON.stringify(page === undefined ? body : isFlat ? flatPage(page, query) : page.items)
    }

  const rows = rowsOf(actions).map(
    ({ pattern, methods }): RouteRow<Handler<RequestContext<unknown>>> => ({
      pattern: `${METADATA_ROOT}/${pattern}`,
      methods: Object.fromEntries(
        Object.entries(methods).map(([method, action]) => [
          method,
          answering(action, `${METADATA_ROOT}/${pattern}`),
        ]),
      ),
      otherwise: refuseMethod,
    }),
  )
  const aliases = rows.flatMap(({ pattern, ...row }) =>
    ALIASED.some((collection) => pattern.startsWith(collection))
      ? [{ ...row, pattern: aliasOf(pattern) }]
      : [],
  )
  const unknown = [...COLLECTIONS, ...ALIASED.map(aliasOf)].map((collection) => ({
    pattern: `${collection}/{id}/{...}`,
    methods: {},
    otherwise: refusePath,
  }))
  return [...rows, ...aliases, ...unknown]
}
