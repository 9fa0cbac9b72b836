// `/rest/metadata/apiKeys…` and `/rest/metadata/roles…`: route → act → answer. In: an admitted request; out: status and JSON without an
// envelope. Lists are arrays, as the contract has it outside the data model, unless the workspace asks for the flat format: there every list
// is a page. `/rest/apiKeys` is an older name of the first. Not decided here: what the actions are (restKeys.ts, restRoles.ts).

import { isUuid } from '../../../tenants/uuid.ts'
import type { Opened } from '../../entry/requestContext.ts'
import { methodNotAllowed, Problem } from '../../error/problem.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Context } from '../../http/context.ts'
import { splitTarget } from '../../http/target.ts'
import { decodePercent, parseQuery, type Query } from '../../rest/query.ts'
import { METADATA_ROOT } from '../model/restRequest.ts'
import type { Access, OpenAccess } from './access.ts'

export interface AccessCall {
  readonly opened: Opened<unknown>
  readonly access: Access
  /** Empty where the path names none. */
  readonly id: string
  readonly query: Query
  /** The body; an empty object where there is none. */
  readonly body: () => Promise<unknown>
}

export interface AccessAnswer {
  readonly status: number
  readonly body: unknown
}

export type AccessAction = (call: AccessCall) => Promise<AccessAnswer>

/** By method and pattern, as in `GET apiKeys/{id}`. */
export type AccessActions = Readonly<Record<string, AccessAction>>

const KEYS_ALIAS = '/rest/apiKeys'
const COLLECTIONS = ['apiKeys', 'roles']

const within = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`)

/** No object is ever named apiKeys, so the older path is free. */
export const isAccessPath = (path: string): boolean =>
  within(path, KEYS_ALIAS) || COLLECTIONS.some((name) => within(path, `${METADATA_ROOT}/${name}`))

interface Route {
  readonly pattern: string
  readonly id: string
}

const routeOf = (path: string): Route => {
  const segments = path.split('/').filter((segment) => segment !== '')
  const [collection = '', id, verb, ...rest] = segments.slice(segments[1] === 'metadata' ? 2 : 1)
  if (id === undefined) return { pattern: collection, id: '' }
  const key = decodePercent(id).toLowerCase()
  if (!isUuid(key)) throw new Problem('BAD_USER_INPUT', `'${decodePercent(id).slice(0, 100)}' is not an id`)
  return { pattern: [collection, '{id}', ...(verb === undefined ? [] : [verb]), ...rest].join('/'), id: key }
}

const isIdentified = (item: unknown): item is { readonly id: string } =>
  typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string'

/** A whole list as the only page there is. */
const pageOf = (list: readonly unknown[]) => {
  const ids = list.filter(isIdentified).map(({ id }) => id)
  return {
    data: list,
    pageInfo: {
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: ids[0] ?? null,
      endCursor: ids.at(-1) ?? null,
    },
    totalCount: list.length,
  }
}

const hasBody = ({ headers }: Context['req']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

export const createAccessRest = ({
  actions,
  openAccess,
  readJson,
}: {
  readonly actions: AccessActions
  readonly openAccess: OpenAccess
  readonly readJson: ReadJson
}) => {
  const methodsOf = (pattern: string): readonly string[] =>
    Object.keys(actions).flatMap((key) => {
      const [method = '', of] = key.split(' ')
      if (of !== pattern) return []
      return method === 'GET' ? ['GET', 'HEAD'] : [method]
    })

  const actionOf = (method: string, path: string, { pattern }: Route): AccessAction => {
    const asked = method === 'HEAD' ? 'GET' : method
    const action =
      actions[`${asked} ${pattern}`] ?? (asked === 'PUT' ? actions[`PATCH ${pattern}`] : undefined)
    if (action !== undefined) return action
    const methods = methodsOf(pattern)
    if (methods.length === 0) throw new Problem('NOT_FOUND', `There is nothing at ${path.slice(0, 200)}.`)
    throw methodNotAllowed(method, [...methods, 'OPTIONS'])
  }

  return async (ctx: Context, opened: Opened<unknown>): Promise<void> => {
    const [path, search] = splitTarget(ctx.req.url ?? '')
    const route = routeOf(path)
    const action = actionOf(ctx.method, path, route)
    ctx.state.route = `${METADATA_ROOT}/${route.pattern}`
    const { status, body } = await action({
      opened,
      access: openAccess(opened),
      id: route.id,
      query: parseQuery(search),
      body: async () => (hasBody(ctx.req) ? readJson(ctx.req) : {}),
    })
    ctx.status = status
    ctx.type = 'application/json'
    // The older address answers a bare array in either format.
    const isPaged = opened.workspace.settings.restMetadataFormat === 'flat' && !path.startsWith(KEYS_ALIAS)
    ctx.body = JSON.stringify(isPaged && Array.isArray(body) ? pageOf(body) : body)
  }
}
