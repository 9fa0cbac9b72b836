// The audit log of the caller's workspace, page by page, at /console/audit; for callers with the flag
// SECURITY. Where operators connect from stays with them.

import type { Pool } from 'pg'
import { type AuditEntry, pageOfAudit } from '../../tenants/audit/pages.ts'
import { demandFlag } from '../auth/flags.ts'
import type { PublicHandler } from '../http/context.ts'
import { checkParameters } from '../http/listQuery.ts'
import { parseQuery } from '../http/query.ts'
import { type ConsoleAuthorisationOptions, createConsoleAuthorisation } from './authorise.ts'

interface AuditRouteOptions extends ConsoleAuthorisationOptions {
  readonly pool: Pool
}

const PAGE = 50
const PARAMETERS = ['after', 'action', 'actor']

const shown = (entry: AuditEntry): AuditEntry =>
  entry.actor?.kind === 'operator' ? { ...entry, address: null } : entry

export const createAuditRoute = ({ pool, ...options }: AuditRouteOptions): PublicHandler => {
  const authorise = createConsoleAuthorisation(options)
  return async (ctx) => {
    const caller = await authorise(ctx)
    demandFlag(caller, 'SECURITY')
    const query = parseQuery(ctx.state.target.search)
    checkParameters(query, PARAMETERS)
    const [after, action, actor] = PARAMETERS.map((name) => query.get(name)?.[0])
    const filter = { workspaceIds: [caller.workspaceId], action, actor }
    const { entries, next } = await pageOfAudit(pool, filter, { after, limit: PAGE })
    ctx.body = { entries: entries.map(shown), next }
  }
}
