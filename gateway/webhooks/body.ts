// The body of a request, or why there is none.

import type { RequestContext } from '../entry/requestContext.ts'

export type Stopped =
  /** There is nothing that may be sent. */
  | { readonly cancelled: string }
  /** What should be sent is lost. */
  | { readonly failed: string }
  /** The webhook itself has to stop. */
  | { readonly paused: string }

export type WebhookBody = { readonly body: string } | Stopped

export const unreadable = (
  { caller }: RequestContext<unknown>,
  what: string,
): Extract<Stopped, { readonly cancelled: string }> => ({
  cancelled: `The role "${caller.roleLabel}" may not read ${what}.`,
})
