// Usage of all workspaces, for bills: `GET /admin/usage`, as JSON or CSV.

import { pageOfUsage, usageCsv, usagePeriod } from '../../../tenants/quota/usageDays.ts'
import { badInput } from '../../error/problem.ts'
import { PAGE_PARAMETERS, parsePageRequest } from '../../http/listQuery.ts'
import { type ActionCall, action, listed, type ScopedAction } from '../actions.ts'

const DEFAULT_PAGE = 1_000
const PERIOD = ['from', 'to', 'format']

const isCsv = ({ query, accept }: ActionCall): boolean => {
  const [format] = query.get('format') ?? []
  if (format === undefined) return /^text\/csv\b/i.test(accept)
  if (format === 'csv' || format === 'json') return format === 'csv'
  throw badInput(`format '${format.slice(0, 100)}' is invalid. Should be json or csv`)
}

export const USAGE_ACTIONS: Readonly<Record<string, ScopedAction>> = {
  'GET /admin/usage': action(
    'read',
    async (call) => {
      const { connection, query } = call
      const page = parsePageRequest(query, DEFAULT_PAGE, PERIOD)
      const period = usagePeriod(query.get('from')?.[0], query.get('to')?.[0], new Date())
      const asCsv = isCsv(call)
      const found = await pageOfUsage(connection, period, page)
      const { body, ...outcome } = listed('usage', found)
      return asCsv
        ? { ...outcome, body: usageCsv(found.items), type: 'text/csv; charset=utf-8' }
        : { ...outcome, body: { ...period, ...body } }
    },
    [...PAGE_PARAMETERS, ...PERIOD],
  ),
}
