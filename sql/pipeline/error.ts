// Failures of the request path that are not about a statement: Postgres, or the way to it, is gone.

export type ConnectionErrorCode =
  /** The connection broke after the statement was sent: whether it took effect is unknown. */
  | 'connection_lost'
  /** No connection could be had in time: the statement was never sent. */
  | 'connection_unavailable'
  /** The workspace's own long statements are in the way: the statement was never sent. */
  | 'workspace_busy'

export class ConnectionError extends Error {
  readonly code: ConnectionErrorCode

  constructor(code: ConnectionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConnectionError'
    this.code = code
  }
}
