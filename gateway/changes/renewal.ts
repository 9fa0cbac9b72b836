// The caller of an open stream, authorised again: before each batch, and when its rights may have changed.

import type { RequestContext } from '../entry/requestContext.ts'

type Context = RequestContext<unknown>

/** A value made from the model that the caller's role sees, and made again for another model. */
export const perModel = <Value>(make: (context: Context) => Value): ((context: Context) => Value) => {
  let last: { readonly model: Context['model']; readonly value: Value } | undefined
  return (context) => {
    const { model } = context
    if (last?.model !== model) last = { model, value: make(context) }
    return last.value
  }
}

/**
 * @param check throws a Problem, or rejects with it, if this context's request would be refused
 * @returns the current context; rejects when the caller may no longer read what it asked for
 */
export const renewing = (
  renew: () => Promise<Context>,
  { model: opened }: Context,
  check: (context: Context) => unknown,
): (() => Promise<Context>) => {
  let checked = opened
  return async () => {
    const context = await renew()
    if (context.model !== checked) await check(context)
    checked = context.model
    return context
  }
}
