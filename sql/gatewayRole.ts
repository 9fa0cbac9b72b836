// The roles that requests log in as. They can only `set role` to the roles of workspaces, which are granted
// to the first one; the second is a member of the first. Roles belong to the whole server: other databases,
// and gateways that start at the same moment, use the same ones. gatewayLogin.ts creates them.

import { createHmac } from 'node:crypto'
import type pg from 'pg'
import { quoteIdentifier } from './placeholder.ts'

export const GATEWAY_ROLE = 'tenantry_gateway'
export const GATEWAY_LOGINS = [GATEWAY_ROLE, 'tenantry_gateway_2'] as const
export type GatewayLogin = (typeof GATEWAY_LOGINS)[number]

export const gatewayPassword = (secretKey: string): string =>
  createHmac('sha256', secretKey).update(GATEWAY_ROLE).digest('base64url')

/** The owner's URL with the gateway's login in place of the owner's. */
export const gatewayUrl = (
  ownerUrl: string,
  secretKey: string,
  login: GatewayLogin = GATEWAY_ROLE,
): string => {
  const url = new URL(ownerUrl)
  url.username = ''
  url.password = ''
  // Query parameters, which the driver prefers, and which also work in a URL without a host (a Unix socket).
  url.searchParams.set('user', login)
  url.searchParams.set('password', gatewayPassword(secretKey))
  return url.href
}

/** The roles may connect, and may neither create nor see anything outside the workspaces. */
export const confineGatewayRoles = async (client: pg.ClientBase): Promise<void> => {
  const { rows } = await client.query<{
    role: string
    database: string
    connects: boolean
    creates: boolean
  }>(
    `select rolname as role, current_database() as database,
       has_database_privilege(oid, current_database(), 'connect') as connects,
       coalesce((select has_schema_privilege(r.oid, n.oid, 'create') from pg_namespace n where nspname = 'public'), false)
         as creates
     from pg_roles r where rolname = any($1)`,
    [GATEWAY_LOGINS],
  )
  for (const { role, database, connects } of rows) {
    if (!connects)
      await client.query(`grant connect on database ${quoteIdentifier(database)} to ${quoteIdentifier(role)}`)
  }
  // Databases created before Postgres 15 let every role create objects in "public".
  if (rows.some(({ creates }) => creates)) await client.query('revoke create on schema public from public')
}
