import type { RequestSource } from '../../tenants/audit/source.ts'
import type { Context } from './context.ts'

const MAPPED = '::ffff:'

/** An IPv4 address is written as one, also on a socket for both families. */
const addressOfClient = ({ ip }: Pick<Context, 'ip'>): string =>
  ip.startsWith(MAPPED) ? ip.slice(MAPPED.length) : ip

export const sourceOf = (ctx: Context): RequestSource => ({
  address: addressOfClient(ctx),
  requestId: ctx.state.requestId,
})
