// Builds routes from rows: the surface supplies authorisation, path matching and error format. Routes keep
// the order of the rows; each has its `Allow` methods.

import { methodNotAllowed } from '../error/problem.ts'
import { lazily } from '../lazily.ts'
import {
  type Context,
  type Handler,
  METHODS,
  type Method,
  type Middleware,
  type Route,
  type RouteRow,
} from './context.ts'

interface Surface<Given> extends Partial<Pick<Route, 'protocol' | 'isCrossOrigin' | 'spelling' | 'known'>> {
  /** Authorises a request, then calls its handler with the result. */
  readonly authorise: (answer: Handler<Given>) => Middleware
}

/** Authorises every request. */
export const withoutAuthorisation =
  (answer: Handler<null>): Middleware =>
  (ctx) =>
    answer(ctx, null)

const refuseMethod = async ({ method, state }: Context): Promise<never> => {
  throw methodNotAllowed(method, state.target.route?.allow ?? [])
}

/** Answers OPTIONS on routes closed to other origins. */
export const answerOptions = async (ctx: Context): Promise<void> => {
  ctx.set('allow', (ctx.state.target.route?.allow ?? []).join(', '))
  ctx.status = 204
}

export const routesOf = <Given>(
  {
    authorise,
    protocol = 'rest',
    isCrossOrigin = false,
    spelling = 'segments',
    known = null,
  }: Surface<Given>,
  rows: readonly RouteRow<Handler<Given>>[],
): readonly Route[] =>
  rows.map(({ pattern, methods, otherwise }) => {
    // An unknown path accepts every method: the answer is the same.
    const isUnknown = Object.keys(methods).length === 0
    const answers = METHODS.flatMap((method): [Method, Middleware][] => {
      const answer = methods[method]
      return answer === undefined ? [] : [[method, authorise(answer)]]
    })
    return {
      pattern,
      protocol,
      isCrossOrigin,
      spelling,
      known,
      allow: METHODS.filter(
        (method) => isUnknown || method in methods || (isCrossOrigin && method === 'OPTIONS'),
      ),
      answers: new Map(answers),
      otherwise: authorise(otherwise ?? refuseMethod),
    }
  })

/** Rows from operations by method and pattern, such as `GET /admin/workspaces/{id}`. */
export const rowsOf = <Operation>(
  operations: Readonly<Record<string, Operation>>,
): readonly RouteRow<Operation>[] => {
  const byPattern = Map.groupBy(Object.entries(operations), ([name]) => name.slice(name.indexOf(' ') + 1))
  return [...byPattern].map(([pattern, named]) => ({
    pattern,
    methods: Object.fromEntries(named.map(([name, operation]) => [name.split(' ', 1)[0] ?? '', operation])),
  }))
}

/** HEAD means GET, and PUT means PATCH, unless a row defines them. */
export const withTwins = <Operation>(rows: readonly RouteRow<Operation>[]): readonly RouteRow<Operation>[] =>
  rows.map(({ methods, ...row }) => {
    const { GET, PATCH } = methods
    const twins = { ...(GET && { HEAD: GET }), ...(PATCH && { PUT: PATCH }) }
    return { ...row, methods: { ...twins, ...methods } }
  })

/** Methods by pattern. */
export type Paths = Readonly<Record<string, readonly Method[]>>

const linesOf = (paths: Paths): readonly string[] =>
  Object.entries(paths).map(([pattern, methods]) => [...methods.toSorted(), pattern].join(' '))

/**
 * Rows whose handlers are loaded by the first request to one of them.
 * @param load rejects for every request if its rows are not those of the paths
 */
export const lazyRows = <Given>(
  paths: Paths,
  load: () => Promise<readonly RouteRow<Handler<Given>>[]>,
): readonly RouteRow<Handler<Given>>[] => {
  const loaded = lazily(async () => {
    const rows = await load()
    const found = linesOf(
      Object.fromEntries(
        rows.map(({ pattern, methods }) => [pattern, METHODS.filter((method) => method in methods)]),
      ),
    )
    const wanted = linesOf(paths)
    const differing = [
      ...found.filter((line) => !wanted.includes(line)),
      ...wanted.filter((line) => !found.includes(line)),
    ]
    if (differing.length > 0) throw new Error(`Paths and rows differ: ${differing.join(', ')}`)
    return new Map(rows.map((row) => [row.pattern, row]))
  })
  const handlerOf =
    (pattern: string, method?: Method): Handler<Given> =>
    async (ctx, given) => {
      const row = (await loaded()).get(pattern)
      const handle = method === undefined ? row?.otherwise : row?.methods[method]
      await (handle ?? refuseMethod)(ctx, given)
    }
  return Object.entries(paths).map(([pattern, methods]) => ({
    pattern,
    methods: Object.fromEntries(methods.map((method) => [method, handlerOf(pattern, method)])),
    otherwise: handlerOf(pattern),
  }))
}
