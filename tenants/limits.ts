// Limits of a workspace, set by its operator and announced to every gateway. Null removes a limit: the
// gateway's default applies. gateway/limits enforces them.

import type { Connection } from '../sql/ownerPool.ts'
import { Refusal } from './refusal.ts'

/** Minimum and maximum of each limit. */
const RANGES = {
  /** Requests a minute per key without a limit of its own. */
  keyRateLimitPerMinute: [1, 1_000_000],
  /** Requests a minute of all callers together. */
  rateLimitPerMinute: [1, 100_000_000],
  statementTimeoutMs: [100, 600_000],
  /** Slow statements that run in Postgres at the same time. */
  maxConcurrentStatements: [1, 64],
  maxBatchRecords: [1, 200],
  /** Quotas. Records and bytes are measured every few minutes (quota/size.ts). */
  maxRecords: [0, 1_000_000_000_000],
  maxBytes: [0, 1_000_000_000_000_000],
  maxObjects: [0, 100_000],
  maxWebhooks: [0, 10_000],
} as const satisfies Readonly<Record<string, readonly [number, number]>>

export type WorkspaceLimits = Readonly<Partial<Record<keyof typeof RANGES, number | null>>>

const isLimit = (name: string): name is keyof typeof RANGES => Object.hasOwn(RANGES, name)

/** Throws a Refusal for a limit that does not exist or is out of range. */
export const checkedLimits = (input: Readonly<Record<string, unknown>>): WorkspaceLimits =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => {
      if (!isLimit(name))
        throw new Refusal('INVALID_INPUT', `There is no limit "${name}".`, {
          hint: `There are ${Object.keys(RANGES).join(', ')}.`,
        })
      const [least, most] = RANGES[name]
      const isFit =
        value === null ||
        (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
      if (!isFit)
        throw new Refusal('INVALID_INPUT', `${name} is an integer from ${least} to ${most}, or null.`)
      return [name, value]
    }),
  )

/** A limit from a workspace's settings, if it is set and in range. */
export const limitOf = (
  settings: Readonly<Record<string, unknown>>,
  name: keyof typeof RANGES,
): number | undefined => {
  const value = settings[name]
  const [least, most] = RANGES[name]
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
    ? value
    : undefined
}

/** The limits that a workspace's settings set, in range. */
export const limitsOf = (settings: Readonly<Record<string, unknown>>): WorkspaceLimits =>
  Object.fromEntries(
    Object.keys(RANGES).flatMap((name) => {
      const limit = isLimit(name) ? limitOf(settings, name) : undefined
      return limit === undefined ? [] : [[name, limit]]
    }),
  )

/** All limits; null means the gateway's default. */
export const readLimits = async (connection: Connection, workspaceId: string): Promise<WorkspaceLimits> => {
  const { rows } = await connection.query<{ settings: Record<string, unknown> }>(
    'select settings from tenantry.workspaces where id = $1',
    [workspaceId],
  )
  const [row] = rows
  if (row === undefined) throw new Refusal('NOT_FOUND', `There is no workspace ${workspaceId}.`)
  return Object.fromEntries(
    Object.keys(RANGES)
      .filter(isLimit)
      .map((name) => [name, limitOf(row.settings, name) ?? null]),
  )
}

const QUOTA_REACHED = `case
    when s.records >= (w.settings ->> 'maxRecords')::bigint then 'records'
    when s.bytes >= (w.settings ->> 'maxBytes')::bigint then 'bytes' end`

/**
 * Compares the stored sizes with the quotas. An update of the row notifies the gateways. Workspaces whose
 * rows are locked are left to the next time.
 */
export const settleQuotas = async (
  connection: Connection,
  workspaceIds: readonly string[],
): Promise<void> => {
  await connection.query(
    `update tenantry.workspaces w set quota_reached = n.reached, updated_at = now()
     from (
       select w.id, ${QUOTA_REACHED} as reached
       from tenantry.workspaces w left join tenantry.workspace_sizes s on s.workspace_id = w.id where w.id = any ($1)
       order by w.id for no key update of w skip locked
     ) n where n.id = w.id and w.quota_reached is distinct from n.reached`,
    [workspaceIds],
  )
}

/** @returns all limits that are set now. */
export const setLimits = async (
  connection: Connection,
  workspaceId: string,
  limits: WorkspaceLimits,
): Promise<WorkspaceLimits> => {
  const { rows } = await connection.query<{ settings: Record<string, unknown> }>(
    `update tenantry.workspaces set settings = jsonb_strip_nulls(settings || $2), updated_at = now() where id = $1
     returning settings`,
    [workspaceId, limits],
  )
  const [row] = rows
  if (row === undefined) throw new Refusal('NOT_FOUND', `There is no workspace ${workspaceId}.`)
  await settleQuotas(connection, [workspaceId])
  return checkedLimits(Object.fromEntries(Object.entries(row.settings).filter(([name]) => isLimit(name))))
}
