// Builds routes from rows: the surface supplies authorisation, path matching and error format. Routes keep
// the order of the rows; each has its `Allow` methods.

import { methodNotAllowed } from '../error/problem.ts'
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
