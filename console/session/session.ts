// The session, as GET /console/session returns it.

import type { Api } from '../api/api.ts'

export interface Session {
  /** How the user signed in: as a member, with an API key or with an operator key. */
  readonly kind: 'member' | 'key' | 'operator'
  /** Sent as `X-CSRF-Token`. */
  readonly csrfToken: string
  readonly name: string
  /** ISO 8601. */
  readonly expiresAt: string
  /** Null for operators, who manage all workspaces. */
  readonly workspace: { readonly id: string; readonly displayName: string; readonly subdomain: string } | null
  readonly role: { readonly id: string; readonly label: string } | null
  /** Permission flags of the role: `DATA_MODEL`, `ROLES`, … */
  readonly flags: readonly string[]
  /** Name of the operator who acts as the member; null: the member. */
  readonly impersonator: string | null
  /** The client's, as the gateway sees it. */
  readonly address: string
  /** For operators: workspaces are placed on the nodes of a cluster. */
  readonly hasNodes: boolean
}

export const SESSION_PATH = '/console/session'

export const readSession = (api: Api): Promise<Session> => api.rest<Session>('GET', SESSION_PATH)

export type Credential =
  | { readonly secret: string }
  | { readonly apiKey: string }
  | { readonly operatorKey: string }
