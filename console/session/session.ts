// Who is signed in, as the gateway says it.

export interface Session {
  /** A person, a workspace's API key that was pasted, or an operator's key. */
  readonly kind: 'member' | 'key' | 'operator'
  /** Goes into `X-CSRF-Token` of every request that changes something. */
  readonly csrfToken: string
  readonly name: string
  /** ISO 8601. */
  readonly expiresAt: string
  /** Null for operators, who stand above all workspaces. */
  readonly workspace: { readonly id: string; readonly displayName: string; readonly subdomain: string } | null
  readonly role: { readonly id: string; readonly label: string } | null
  /** What the role may do beside records: `DATA_MODEL`, `ROLES`, … */
  readonly flags: readonly string[]
}

/** What opens a session. */
export type Credential =
  | { readonly secret: string }
  | { readonly apiKey: string }
  | { readonly operatorKey: string }
