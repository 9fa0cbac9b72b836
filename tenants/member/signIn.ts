// Links by which a member signs in without a password: a secret that works once and for a short time, of
// which only the hash is stored. An impersonation link signs an operator in as the member.

import type { ClientBase, Pool } from 'pg'
import type { Connection } from '../../sql/ownerPool.ts'
import { hashOfSecret, newSecret } from '../operator.ts'
import { PermissionRefusal } from '../permission/refusal.ts'
import { changingWorkspace } from '../workspaceLock.ts'
import { allowsImpersonation, type Impersonator } from './impersonator.ts'
import { checkMember } from './member.ts'

const DEFAULT_LIFETIME_MINUTES = 10

export interface SignInLink {
  readonly secret: string
  readonly expiresAt: Date
}

const requireImpersonation = async (client: ClientBase, workspaceId: string): Promise<void> => {
  const { rows } = await client.query<{ allows: boolean }>(
    `select ${allowsImpersonation('w')} as allows from tenantry.workspaces w where id = $1`,
    [workspaceId],
  )
  if (rows[0]?.allows === true) return
  throw new PermissionRefusal('IMPERSONATION_NOT_ALLOWED', 'This workspace does not allow impersonation.', {
    hint: 'An administrator of the workspace can allow it with the setting allowImpersonation. A sign-in link is for the member.',
  })
}

interface LinkOptions {
  readonly lifetimeMinutes?: number
  /** Absent: the link is the member's own. */
  readonly impersonator?: Impersonator
}

const createLink = (
  connection: Connection,
  workspaceId: string,
  memberId: string,
  { lifetimeMinutes = DEFAULT_LIFETIME_MINUTES, impersonator }: LinkOptions,
): Promise<SignInLink> =>
  changingWorkspace(connection, workspaceId, async (client, { schemaName }) => {
    if (impersonator !== undefined) await requireImpersonation(client, workspaceId)
    await checkMember(client, schemaName, memberId)
    const secret = newSecret('tenantry_sign_in_')
    await client.query(`delete from tenantry.sign_in_links where workspace_id = $1 and expires_at < now()`, [
      workspaceId,
    ])
    const { rows } = await client.query<{ expiresAt: Date }>(
      `insert into tenantry.sign_in_links
         (workspace_id, workspace_member_id, secret_hash, expires_at, operator_key_id, operator_name)
       values ($1, $2, $3, now() + interval '1 minute' * $4, $5, $6) returning expires_at as "expiresAt"`,
      [
        ...[workspaceId, memberId, hashOfSecret(secret), lifetimeMinutes],
        ...[impersonator?.operatorKeyId ?? null, impersonator?.operatorName ?? null],
      ],
    )
    const [row] = rows
    if (row === undefined) throw new Error('A sign-in link was inserted but not returned.')
    return { secret, expiresAt: row.expiresAt }
  })

/** A link that the member gets; its session is the member's. */
export const createSignInLink = (
  connection: Connection,
  workspaceId: string,
  memberId: string,
  lifetimeMinutes?: number,
): Promise<SignInLink> =>
  createLink(connection, workspaceId, memberId, lifetimeMinutes === undefined ? {} : { lifetimeMinutes })

/** A link for the operator. Throws PermissionRefusal unless the workspace allows it. */
export const createImpersonationLink = (
  connection: Connection,
  workspaceId: string,
  memberId: string,
  impersonator: Impersonator,
): Promise<SignInLink> => createLink(connection, workspaceId, memberId, { impersonator })

interface SignedIn {
  readonly kind: 'member'
  readonly workspaceId: string
  readonly workspaceMemberId: string
  /** Absent: the member. */
  readonly impersonator?: Impersonator
}

interface RedeemedRow {
  readonly workspaceId: string
  readonly workspaceMemberId: string
  readonly operatorKeyId: string | null
  readonly operatorName: string | null
  /** Null without an operator's key. */
  readonly networks: readonly string[] | null
}

const IS_VALID = `w.id = l.workspace_id and w.status = 'active'
      and l.secret_hash = $1 and l.used_at is null and l.expires_at > now()
      and (l.operator_name is null or ($2 and ${allowsImpersonation('w')}))
      and (l.operator_key_id is null or exists (
        select from tenantry.operator_keys o
        where o.id = l.operator_key_id and o.revoked_at is null and (o.expires_at is null or o.expires_at > now())))`

const LINK_COLUMNS = `workspace_id as "workspaceId", workspace_member_id as "workspaceMemberId",
    operator_key_id as "operatorKeyId", operator_name as "operatorName",
    (select o.networks::text[] from tenantry.operator_keys o where o.id = operator_key_id) as networks`

const FIND_SQL = `select ${LINK_COLUMNS} from (
    select l.* from tenantry.sign_in_links l, tenantry.workspaces w where ${IS_VALID}) found`

/** The beginning of an impersonation is audited in the statement that uses its link up. */
const REDEEM_SQL = `with redeemed as (
    update tenantry.sign_in_links l set used_at = now()
    from tenantry.workspaces w
    where ${IS_VALID}
    returning l.*
  ), audited as (
    insert into tenantry.audit (operator_key_id, operator_name, action, workspace_id, address, details)
    select operator_key_id, operator_name, 'impersonation.begin', workspace_id, $3::text,
      jsonb_build_object('workspaceMemberId', workspace_member_id)
    from redeemed where operator_name is not null
  )
  select ${LINK_COLUMNS} from redeemed`

interface RedeemOptions {
  /** False: where the session would not carry the operator. */
  readonly acceptsImpersonation?: boolean
  /** Of the client, for the audit log. */
  readonly address?: string
  /** Rejects for a member who is refused. The link stays valid then. */
  readonly authorise?: (signedIn: SignedIn) => Promise<unknown>
}

/** The member that the link signs in, once; null for a link that is used, expired or unknown. */
export const redeemSignInLink = async (
  pool: Pool,
  secret: string,
  { acceptsImpersonation = false, address, authorise }: RedeemOptions = {},
): Promise<SignedIn | null> => {
  const hash = hashOfSecret(secret)
  const run = async (sql: string, ...values: readonly unknown[]): Promise<SignedIn | null> => {
    const { rows } = await pool.query<RedeemedRow>(sql, [hash, acceptsImpersonation, ...values])
    const [row] = rows
    if (row === undefined) return null
    const { operatorKeyId, operatorName, networks, ...named } = row
    const operator = { operatorKeyId, networks: networks ?? [] }
    const impersonator = operatorName === null ? {} : { impersonator: { ...operator, operatorName } }
    return { kind: 'member', ...named, ...impersonator }
  }
  const found = authorise === undefined ? null : await run(FIND_SQL)
  if (found !== null) await authorise?.(found)
  return run(REDEEM_SQL, address ?? null)
}
