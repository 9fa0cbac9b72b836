// An error of the contract: the request, and the text and codes of the answer.

export interface ErrorRow {
  readonly what: string
  /** Method, path below /rest, body. */
  readonly rest?: readonly [method: string, path: string, body?: unknown]
  /** A document for /graphql. */
  readonly graphql?: string
  /** A document for /metadata. */
  readonly metadata?: string
  /** Of a REST answer. */
  readonly status: number
  /** `extensions.code` over GraphQL. */
  readonly code: string
  /** `code` over REST and `extensions.subCode` over GraphQL; absent where the contract gives none. */
  readonly subCode?: string
  readonly text: string
}
