import type { RequestSource } from '../../tenants/audit/source.ts'
import { plainAddress } from '../../tenants/permission/networks.ts'
import type { Context } from './context.ts'

export const sourceOf = (ctx: Context): RequestSource => ({
  // An IPv4 address is written as one, also on a socket for both families.
  address: plainAddress(ctx.ip),
  requestId: ctx.state.requestId,
})
