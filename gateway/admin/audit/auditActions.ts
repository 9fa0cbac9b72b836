// `GET /admin/audit`: the audit log as JSON lines, written while it is read.

import { Readable } from 'node:stream'
import { type AuditEntry, readAudit } from '../../../tenants/audit/pages.ts'
import { badInput } from '../../error/problem.ts'
import type { Query } from '../../http/query.ts'
import { action, type ScopedAction } from '../actions.ts'
import { auditFilter, FILTERS } from './filter.ts'

const PARAMETERS: readonly string[] = [...FILTERS, 'limit']

const one = (query: Query, name: string): string | undefined => query.get(name)?.[0]

const limitIn = (query: Query): number => {
  const text = one(query, 'limit')
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw badInput(`limit '${text.slice(0, 100)}' is invalid. Should be a number from 1`)
}

async function* linesOf(pages: AsyncIterable<readonly AuditEntry[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((entry) => `${JSON.stringify(entry)}\n`).join('')
}

export const AUDIT_ACTIONS: Readonly<Record<string, ScopedAction>> = {
  'GET /admin/audit': action(
    'read',
    async ({ connection, operator, query }) => {
      const limit = limitIn(query)
      const filter = await auditFilter(connection, (name) => one(query, name), operator.workspaceIds)
      return {
        type: 'application/x-ndjson',
        body: Readable.from(linesOf(readAudit(connection, filter, limit)), { objectMode: false }),
      }
    },
    PARAMETERS,
  ),
}
