/** Where a request comes from, for the audit log. */
export interface RequestSource {
  /** Of the client, behind trusted proxies. */
  readonly address: string
  readonly requestId: string
}
