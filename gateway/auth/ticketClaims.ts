// Claims of a ticket: a JWT that opens one stream of changes, for browsers, whose EventSource cannot send
// headers. It is of another type than keys and members' tokens, so neither is accepted for the other.

import type { JWTPayload } from 'jose'
import { isRecord } from '../../tenants/model/json.ts'
import { isUuid } from '../../tenants/uuid.ts'

export const TICKET_TYPE = 'STREAM_TICKET'

/** The credential that a ticket was issued for, and ends with. */
export type TicketHolder =
  | { readonly kind: 'key'; readonly keyId: string; readonly tokenVersion: number }
  | { readonly kind: 'member'; readonly workspaceMemberId: string }
  /** The hash of the session's secret, base64. */
  | { readonly kind: 'session'; readonly hash: string }

export interface TicketClaims {
  readonly id: string
  readonly workspaceId: string
  readonly roleId: string
  readonly holder: TicketHolder
  /** Parameters of the stream. */
  readonly query: Readonly<Record<string, string>>
  /** Seconds since the epoch. */
  readonly issuedAtSeconds: number
  readonly expiresAtSeconds: number
}

const holderOf = (value: unknown): TicketHolder | null => {
  if (!isRecord(value)) return null
  const { kind, keyId, tokenVersion, workspaceMemberId, hash } = value
  if (kind === 'key' && typeof keyId === 'string' && typeof tokenVersion === 'number')
    return { kind, keyId, tokenVersion }
  if (kind === 'member' && typeof workspaceMemberId === 'string') return { kind, workspaceMemberId }
  return kind === 'session' && typeof hash === 'string' ? { kind, hash } : null
}

const queryOf = (value: unknown): TicketClaims['query'] | null => {
  if (!isRecord(value)) return null
  const entries = Object.entries(value).flatMap(([name, text]) =>
    typeof text === 'string' ? [[name, text] as const] : [],
  )
  return Object.fromEntries(entries)
}

export const readTicketClaims = (payload: JWTPayload): TicketClaims | null => {
  const { type, jti: id, iat, exp, workspaceId, roleId } = payload
  const [holder, query] = [holderOf(payload.holder), queryOf(payload.query)]
  if (type !== TICKET_TYPE || id === undefined || !isUuid(id) || holder === null || query === null)
    return null
  if (iat === undefined || exp === undefined) return null
  if (typeof workspaceId !== 'string' || typeof roleId !== 'string') return null
  return { id, workspaceId, roleId, holder, query, issuedAtSeconds: iat, expiresAtSeconds: exp }
}
