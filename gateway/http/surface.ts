// Rows → routes: what a row does not say itself comes from its surface. In: how the surface authorises,
// spells and words, and its rows; out: routes in the order of the rows, each with the methods that `Allow`
// lists.

import { methodNotAllowed } from '../error/problem.ts'
import {
  type Context,
  type Handler,
  METHODS,
  type Method,
  type Middleware,
  type Route,
  type Row,
} from './context.ts'

export interface Surface<Given>
  extends Partial<Pick<Route, 'protocol' | 'isCrossOrigin' | 'spelling' | 'known'>> {
  /** Lets a request through to its handler, with what authorising it gave. */
  readonly authorise: (answer: Handler<Given>) => Middleware
}

/** Authorises everybody. */
export const everybody =
  (answer: Handler<null>): Middleware =>
  (ctx) =>
    answer(ctx, null)

const refuseMethod = async ({ method, state }: Context): Promise<never> => {
  throw methodNotAllowed(method, state.target.route?.allow ?? [])
}

/** Answers OPTIONS where no page of another origin may ask. */
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
  rows: readonly Row<Handler<Given>>[],
): readonly Route[] =>
  rows.map(({ pattern, methods, otherwise }) => {
    // A path that is none may be asked anything: the answer is the same.
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

/** Rows out of operations by method and pattern, as in `GET /admin/workspaces/{id}`. */
export const rowsOf = <Operation>(
  operations: Readonly<Record<string, Operation>>,
): readonly Row<Operation>[] => {
  const byPattern = Map.groupBy(Object.entries(operations), ([name]) => name.slice(name.indexOf(' ') + 1))
  return [...byPattern].map(([pattern, named]) => ({
    pattern,
    methods: Object.fromEntries(named.map(([name, operation]) => [name.split(' ', 1)[0] ?? '', operation])),
  }))
}

/** HEAD means what GET means, and PUT what PATCH means, unless a row has them. */
export const withTwins = <Operation>(rows: readonly Row<Operation>[]): readonly Row<Operation>[] =>
  rows.map(({ methods, ...row }) => {
    const { GET, PATCH } = methods
    const twins = { ...(GET && { HEAD: GET }), ...(PATCH && { PUT: PATCH }) }
    return { ...row, methods: { ...twins, ...methods } }
  })
