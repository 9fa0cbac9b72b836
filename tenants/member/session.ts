// Sessions of the console: a sign-in by a member, an API key or an operator's key. Rows of tenantry.sessions,
// found by a secret of which only the SHA-256 is stored. A session expires twelve hours after its last use
// and seven days after its start; one of an operator who acts as a member one hour after its start.

import { createHmac } from 'node:crypto'
import type { Pool } from 'pg'
import { hashOfSecret, newSecret } from '../operator.ts'
import { allowsImpersonation, type Impersonator } from './impersonator.ts'

export type SessionHolder =
  | {
      readonly kind: 'member'
      readonly workspaceId: string
      readonly workspaceMemberId: string
      /** Absent: the member. */
      readonly impersonator?: Impersonator
    }
  | {
      readonly kind: 'key'
      readonly workspaceId: string
      readonly keyId: string
      readonly tokenVersion: number
    }
  | {
      readonly kind: 'operator'
      readonly operatorKeyId: string
      readonly operatorName: string
      readonly scopes: readonly string[]
      readonly workspaceIds: readonly string[] | null
      readonly networks: readonly string[]
    }

export interface ConsoleSession {
  readonly id: string
  readonly holder: SessionHolder
  /** Expiry unless it is used before. */
  readonly expiresAt: Date
  /** Latest possible expiry. */
  readonly endsAt: Date
}

const PREFIX = 'tenantry_session_'
const SECRET = new RegExp(`^${PREFIX}[\\w-]{43}$`)
export const IDLE_SECONDS = 12 * 3600
export const LONGEST_SECONDS = 7 * 86_400

const IMPERSONATION_SECONDS = 3600

/** How long a session of the holder lasts at most. */
export const longestSecondsOf = (holder: SessionHolder): number =>
  holder.kind === 'member' && holder.impersonator !== undefined ? IMPERSONATION_SECONDS : LONGEST_SECONDS

const endsAt = (s: string): string =>
  `${s}.created_at + interval '1 second' *
     case when ${s}.impersonator_name is null then ${LONGEST_SECONDS} else ${IMPERSONATION_SECONDS} end`
const expiresAt = (s: string): string =>
  `least(${s}.last_seen_at + interval '${IDLE_SECONDS} seconds', ${endsAt(s)})`
const ENDS_AT = endsAt('s')
const EXPIRES_AT = expiresAt('s')

/** SQL condition that a row of tenantry.sessions has expired. */
export const hasEnded = (row: string, now: string): string => `${expiresAt(row)} <= ${now}`

/** Whether the text has the form of a session secret, so that a lookup makes sense. */
export const isSessionSecret = (text: string): boolean => SECRET.test(text)

/**
 * CSRF token that a page must send with changes. Derived from the secret and from nothing stored, so that a
 * copy of the database does not reveal it.
 */
export const csrfTokenOf = (secret: string): string =>
  createHmac('sha256', secret).update('csrf').digest('base64url')

/** @returns the secret, which is stored nowhere else. */
export const createSession = async (pool: Pool, holder: SessionHolder): Promise<string> => {
  const secret = newSecret(PREFIX)
  const impersonator = holder.kind === 'member' ? holder.impersonator : undefined
  await pool.query(
    `with old as (delete from tenantry.sessions s where ${hasEnded('s', 'now()')})
     insert into tenantry.sessions
       (secret_hash, workspace_id, workspace_member_id, api_key_id, token_version, operator_key_id,
        impersonator_key_id, impersonator_name)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      hashOfSecret(secret),
      holder.kind === 'operator' ? null : holder.workspaceId,
      holder.kind === 'member' ? holder.workspaceMemberId : null,
      holder.kind === 'key' ? holder.keyId : null,
      holder.kind === 'key' ? holder.tokenVersion : null,
      holder.kind === 'operator' ? holder.operatorKeyId : null,
      impersonator?.operatorKeyId ?? null,
      impersonator?.operatorName ?? null,
    ],
  )
  return secret
}

interface Row {
  readonly id: string
  readonly workspaceId: string | null
  readonly workspaceMemberId: string | null
  readonly keyId: string | null
  readonly tokenVersion: number | null
  readonly operatorKeyId: string | null
  readonly operatorName: string | null
  readonly scopes: readonly string[] | null
  readonly workspaceIds: readonly string[] | null
  readonly networks: readonly string[] | null
  readonly impersonatorKeyId: string | null
  readonly impersonatorName: string | null
  readonly expiresAt: Date
  readonly endsAt: Date
}

const holderOf = (row: Row): SessionHolder | null => {
  const { workspaceId, workspaceMemberId, keyId, tokenVersion, operatorKeyId } = row
  const { operatorName, scopes, workspaceIds, networks } = row
  if (operatorKeyId !== null)
    return operatorName === null || scopes === null || networks === null
      ? null
      : { kind: 'operator', operatorKeyId, operatorName, scopes, workspaceIds, networks }
  if (workspaceId === null) return null
  if (workspaceMemberId !== null) {
    const { impersonatorKeyId, impersonatorName } = row
    const member = { kind: 'member', workspaceId, workspaceMemberId } as const
    return impersonatorName === null
      ? member
      : {
          ...member,
          impersonator: {
            operatorKeyId: impersonatorKeyId,
            operatorName: impersonatorName,
            networks: networks ?? [],
          },
        }
  }
  return keyId === null || tokenVersion === null ? null : { kind: 'key', workspaceId, keyId, tokenVersion }
}

/**
 * The session, expired or not; null if there is none, its operator's key was revoked, or the workspace no
 * longer allows the impersonation.
 */
export const findSession = async (pool: Pool, secretHash: Buffer): Promise<ConsoleSession | null> => {
  const { rows } = await pool.query<Row>(
    `select s.id, s.workspace_id as "workspaceId", s.workspace_member_id as "workspaceMemberId", s.api_key_id as "keyId",
       s.token_version as "tokenVersion", s.operator_key_id as "operatorKeyId", o.name as "operatorName", o.scopes,
       o.workspace_ids as "workspaceIds", o.networks::text[] as networks, s.impersonator_key_id as "impersonatorKeyId",
       s.impersonator_name as "impersonatorName",
       least(${EXPIRES_AT}, o.expires_at) as "expiresAt", least(${ENDS_AT}, o.expires_at) as "endsAt"
     from tenantry.sessions s
     left join tenantry.operator_keys o
       on o.id = coalesce(s.operator_key_id, s.impersonator_key_id) and o.revoked_at is null
     where s.secret_hash = $1 and (s.impersonator_name is null or (
       (s.impersonator_key_id is null or o.id is not null)
       and exists (select from tenantry.workspaces w where w.id = s.workspace_id and ${allowsImpersonation('w')})))`,
    [secretHash],
  )
  const [row] = rows
  if (row === undefined) return null
  const holder = holderOf(row)
  return holder === null ? null : { id: row.id, holder, expiresAt: row.expiresAt, endsAt: row.endsAt }
}

/** Records that sessions were used just now. */
export const markSessionsSeen = async (pool: Pool, sessionIds: readonly string[]): Promise<void> => {
  await pool.query(
    `update tenantry.sessions s set last_seen_at = now() where s.id = any ($1::uuid[]) and ${EXPIRES_AT} > now()`,
    [sessionIds],
  )
}

export const endSession = async (pool: Pool, secret: string): Promise<void> => {
  await pool.query('delete from tenantry.sessions where secret_hash = $1', [hashOfSecret(secret)])
}
