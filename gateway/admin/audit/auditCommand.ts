// The command that prints the audit log.

import { type AuditEntry, readAudit } from '../../../tenants/audit/pages.ts'
import type { Command } from '../command.ts'
import { printable } from '../table.ts'
import { UsageError } from '../usage.ts'
import { auditFilter } from './filter.ts'

const lineOf = ({ at, action, actor, address, workspaceId, details }: AuditEntry): string =>
  [
    at.toISOString(),
    action,
    actor === null ? '' : `${actor.kind} ${actor.name}`.trim(),
    address ?? '',
    workspaceId ?? '',
    JSON.stringify(details),
  ]
    .filter((text) => text !== '')
    .map(printable)
    .join('  ')

const limitOf = (text: string | undefined): number => {
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new UsageError(`--limit takes a number from 1, not "${text}".`)
}

const audit: Command = {
  summary: 'Print the audit log, newest entries first; with --json, one object per line',
  arguments: [],
  options: {
    workspace: {
      type: 'string',
      value: 'workspace',
      meaning: 'Subdomain or id; for a dropped workspace, its id',
    },
    actor: { type: 'string', value: 'name', meaning: 'Name or id of an operator, a key or a member' },
    action: { type: 'string', value: 'action', meaning: 'For example role.update or role.*' },
    since: { type: 'string', value: 'time', meaning: 'A date, a time with zone, or 30m, 24h, 7d ago' },
    until: { type: 'string', value: 'time', meaning: 'Same formats; only entries before this time' },
    limit: { type: 'string', value: 'number', meaning: 'Maximum number of entries; default: all' },
  },
  run: async ({ pool }, input, print) => {
    const limit = limitOf(input.text('limit'))
    const filter = await auditFilter(pool, input.text)
    const write = input.isSet('json') ? (entry: AuditEntry) => JSON.stringify(entry) : lineOf
    for await (const entries of readAudit(pool, filter, limit))
      for (const entry of entries) print(write(entry))
    return { json: null, text: '', isPrinted: true }
  },
}

export const AUDIT_COMMANDS: readonly (readonly [string, Command])[] = [['audit', audit]]
