// Failures of the request path that are not about a statement: Postgres, or the way to it, is gone.

export type LaneErrorCode =
  /** The connection broke after the statement was sent: whether it took effect is unknown. */
  | 'lane_lost'
  /** No connection could be had in time: the statement was never sent. */
  | 'lane_unavailable'
  /** The workspace's own long statements are in the way: the statement was never sent. */
  | 'workspace_busy'

export class LaneError extends Error {
  readonly code: LaneErrorCode

  constructor(code: LaneErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LaneError'
    this.code = code
  }
}
