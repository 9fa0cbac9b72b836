// Reads the audit log, the newest entries first, page by page: a page begins after the last entry of the one
// before, so a log of any length is read in little memory.

import type { Connection } from '../../sql/ownerPool.ts'
import { Refusal } from '../refusal.ts'

export interface AuditEntry {
  readonly id: string
  readonly at: Date
  /** `role.update`, `workspace.drop`, … */
  readonly action: string
  readonly workspaceId: string | null
  /** Null: a failed authentication. */
  readonly actor: {
    readonly kind: 'operator' | 'key' | 'member'
    readonly id: string | null
    readonly name: string
  } | null
  readonly address: string | null
  readonly requestId: string | null
  readonly details: Readonly<Record<string, unknown>>
}

export interface AuditFilter {
  readonly workspaceIds?: readonly string[] | undefined
  /** Name or id of an operator key, an API key or a member. */
  readonly actor?: string | undefined
  /** `role.update`, or `role.*`. */
  readonly action?: string | undefined
  readonly since?: Date | undefined
  /** Exclusive. */
  readonly until?: Date | undefined
}

/** An entry, as `<at> <id>`. */
type Place = string

interface AuditPage {
  readonly entries: readonly AuditEntry[]
  /** Of the last entry; null: the log ends here. */
  readonly next: Place | null
}

const PAGE = 500

const ACTOR_SQL = `case
  when operator_name is not null then jsonb_build_object('kind', 'operator', 'id', operator_key_id, 'name', operator_name)
  when workspace_member_id is not null then jsonb_build_object('kind', 'member', 'id', workspace_member_id, 'name', caller_name)
  when caller_name is not null then jsonb_build_object('kind', 'key', 'id', api_key_id, 'name', caller_name)
end`

const PLACE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([\da-f-]{36})$/

const checkedPlace = (after: Place): readonly [string, string] => {
  const [, at, id] = PLACE.exec(after) ?? []
  if (at !== undefined && id !== undefined) return [at, id]
  throw new Refusal(
    'INVALID_INPUT',
    `after takes the place where the page before ends: "${after.slice(0, 100)}" is none.`,
  )
}

const conditionsOf = (filter: AuditFilter, after: Place | undefined, bind: (value: unknown) => string) => {
  const { workspaceIds, actor, action, since, until } = filter
  const conditions: string[] = []
  if (workspaceIds !== undefined) conditions.push(`workspace_id = any (${bind(workspaceIds)}::uuid[])`)
  if (actor !== undefined) {
    const name = bind(actor)
    const ids = ['operator_key_id', 'api_key_id', 'workspace_member_id']
    const columns = ['operator_name', 'caller_name', ...ids.map((column) => `${column}::text`)]
    conditions.push(`${name} in (${columns.join(', ')})`)
  }
  if (action?.endsWith('.*')) conditions.push(`starts_with(action, ${bind(action.slice(0, -1))})`)
  else if (action !== undefined) conditions.push(`action = ${bind(action)}`)
  if (since !== undefined) conditions.push(`at >= ${bind(since)}`)
  if (until !== undefined) conditions.push(`at < ${bind(until)}`)
  if (after !== undefined) {
    const [at, id] = checkedPlace(after)
    conditions.push(`(at, id) < (${bind(at)}::timestamptz, ${bind(id)}::uuid)`)
  }
  return conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
}

/** @param after the place that the page before returned */
export const pageOfAudit = async (
  connection: Connection,
  filter: AuditFilter,
  { after, limit }: { readonly after?: Place | undefined; readonly limit: number },
): Promise<AuditPage> => {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${values.push(value)}`
  const where = conditionsOf(filter, after, bind)
  const { rows } = await connection.query<AuditEntry & { readonly place: Place }>(
    `select id, at, action, workspace_id as "workspaceId", ${ACTOR_SQL} as actor, address, request_id as "requestId", details,
       to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z" ') || id as place
     from tenantry.audit ${where} order by at desc, id desc limit ${bind(limit + 1)}`,
    values,
  )
  const shown = rows.slice(0, limit)
  return {
    entries: shown.map(({ place: _, ...entry }) => entry),
    next: rows.length > limit ? (shown.at(-1)?.place ?? null) : null,
  }
}

/** The whole log, page by page. */
export async function* readAudit(
  connection: Connection,
  filter: AuditFilter,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly AuditEntry[]> {
  let left = limit
  for (let after: Place | null | undefined; after !== null && left > 0; ) {
    const page: AuditPage = await pageOfAudit(connection, filter, { after, limit: Math.min(PAGE, left) })
    if (page.entries.length > 0) yield page.entries
    left -= page.entries.length
    after = page.next
  }
}
