// What the console asks of its gateway beside the public APIs, under /console. In: a request; out: the session of whoever has signed
// in, or how the workspace's APIs are used. Not decided here: the pages themselves (pages.ts).

import type { Context, Middleware } from '../http/context.ts'

export type ConsoleRoute = (ctx: Context) => Promise<void>

/** @param routes by path. */
export const createConsoleApi =
  (routes: Readonly<Record<string, ConsoleRoute>>): Middleware =>
  async (ctx, next) => {
    const route = Object.hasOwn(routes, ctx.path) ? routes[ctx.path] : undefined
    if (route === undefined) return next()
    ctx.state.route = ctx.path
    await route(ctx)
  }
