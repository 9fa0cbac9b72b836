// The filter of a reader of the audit log, from parameters of the operator API and options of the command.

import type { Connection } from '../../../sql/ownerPool.ts'
import type { AuditFilter } from '../../../tenants/audit/pages.ts'
import { Refusal } from '../../../tenants/refusal.ts'
import { isUuid } from '../../../tenants/uuid.ts'
import { findWorkspace } from '../../../tenants/workspace.ts'
import { parseIsoDate } from '../../isoDate.ts'

export const FILTERS = ['workspace', 'actor', 'action', 'since', 'until'] as const
type FilterName = (typeof FILTERS)[number]

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?$/
const AGO = /^(\d{1,5})([mhd])$/
const UNIT_MS = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

const timeOf = (name: FilterName, text: string | undefined, now: Date): Date | undefined => {
  if (text === undefined) return undefined
  const [, count, unit = ''] = AGO.exec(text) ?? []
  if (count !== undefined) return new Date(now.getTime() - Number(count) * (UNIT_MS.get(unit) ?? 0))
  const time = TIME.test(text) ? parseIsoDate(text) : null
  if (time !== null) return time
  throw new Refusal('INVALID_INPUT', `${name} "${text.slice(0, 100)}" is not a time.`, {
    hint: 'Examples: 2026-11-30, 2026-11-30T08:00:00Z, or 30m, 24h, 7d ago.',
  })
}

/** A workspace that was dropped is named by its id. */
const workspaceIdsOf = async (connection: Connection, reference: string): Promise<readonly string[]> =>
  isUuid(reference) ? [reference.toLowerCase()] : [(await findWorkspace(connection, reference)).id]

/** @param reached ids of workspaces; entries of others are left out */
export const auditFilter = async (
  connection: Connection,
  textOf: (name: FilterName) => string | undefined,
  reached: readonly string[] | null = null,
): Promise<AuditFilter> => {
  const now = new Date()
  const workspace = textOf('workspace')
  const asked = workspace === undefined ? null : await workspaceIdsOf(connection, workspace)
  return {
    workspaceIds: asked?.filter((id) => reached?.includes(id) ?? true) ?? reached ?? undefined,
    actor: textOf('actor'),
    action: textOf('action'),
    since: timeOf('since', textOf('since'), now),
    until: timeOf('until', textOf('until'), now),
  }
}
