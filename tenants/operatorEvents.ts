// Events for operators: what happens to workspaces, their members, keys and webhooks. Triggers write them to
// the change log in the transaction of what they report (sql/functions/operator_event.sql).

import { isRecord } from './model/json.ts'

const OPERATOR_EVENTS = [
  'workspace.created',
  'workspace.suspended',
  'workspace.resumed',
  'workspace.deleted',
  'workspace.restored',
  'workspace.dropped',
  'member.created',
  'member.updated',
  'member.removed',
  'apiKey.created',
  'apiKey.revoked',
  'webhook.disabled',
] as const
export type OperatorEvent = (typeof OPERATOR_EVENTS)[number]

const subjectOf = (event: string): string => event.slice(0, event.indexOf('.'))

/** The events, and with `*` all of a kind or all. */
export const EVENT_PATTERNS: readonly string[] = [
  ...OPERATOR_EVENTS,
  ...new Set(OPERATOR_EVENTS.map((event) => `${subjectOf(event)}.*`)),
  '*.*',
]

export const eventsMatching = (patterns: readonly string[]): ReadonlySet<OperatorEvent> =>
  new Set(
    OPERATOR_EVENTS.filter((event) =>
      patterns.some(
        (pattern) => pattern === event || pattern === '*.*' || pattern === `${subjectOf(event)}.*`,
      ),
    ),
  )

interface LoggedEvent {
  readonly event: OperatorEvent
  /** Null: it concerns the host itself. */
  readonly workspaceId: string | null
  /** As it was then. */
  readonly subdomain: string | null
  /** Ids and settings; no values of records. */
  readonly details: Readonly<Record<string, unknown>>
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** @param text of a row of the log. @returns null for an event that this version does not know */
export const parseOperatorEvent = (text: string | null): LoggedEvent | null => {
  const value: unknown = text === null ? null : JSON.parse(text)
  if (!isRecord(value)) return null
  const event = OPERATOR_EVENTS.find((each) => each === value.event)
  if (event === undefined) return null
  const { workspaceId, subdomain, details } = value
  return {
    event,
    workspaceId: textOf(workspaceId),
    subdomain: textOf(subdomain),
    details: isRecord(details) ? { ...details } : {},
  }
}
