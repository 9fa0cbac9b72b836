// Failures of the request path that are not about a statement: Postgres is unreachable.

type ConnectionErrorCode =
  /** The connection broke after the statement was sent: whether it took effect is unknown. */
  | 'connection_lost'
  /** No connection became available in time: the statement was never sent. */
  | 'connection_unavailable'
  /** The node of a cluster lacks what requests need there: the statement was never sent. */
  | 'node_unprepared'
  /** The workspace's own long statements block it: the statement was never sent. */
  | 'workspace_busy'

export class ConnectionError extends Error {
  readonly code: ConnectionErrorCode

  constructor(code: ConnectionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConnectionError'
    this.code = code
  }
}

export const unavailable = (message: string, cause: Error | undefined): ConnectionError =>
  new ConnectionError('connection_unavailable', message, cause && { cause })

export const workspaceBusy = (): ConnectionError =>
  new ConnectionError('workspace_busy', 'Too many long statements of this workspace are running or waiting.')
