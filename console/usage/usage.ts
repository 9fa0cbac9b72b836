// API usage of the workspace, from /console/usage.

import type { Api } from '../api/api.ts'

export interface Limit {
  readonly perMinute: number
  readonly used: number
  /** Seconds until the minute resets. */
  readonly resetSeconds: number
}

export interface KeyUsage extends Limit {
  readonly id: string
  readonly name: string
}

export interface Hour {
  /** Start, ISO 8601. */
  readonly at: string
  readonly requests: number
  /** Of these: over a limit or without permission. */
  readonly refused: number
  /** Of these: errors of the gateway. */
  readonly failed: number
}

export interface RouteUsage {
  readonly route: string
  readonly requests: number
  readonly averageMs: number
  readonly p95Ms: number
}

export interface Usage {
  readonly limit: Limit | null
  readonly keys: readonly KeyUsage[]
  /** 24, oldest first. */
  readonly hours: readonly Hour[]
  /** Slowest first. */
  readonly routes: readonly RouteUsage[]
}

export const USAGE_KEY = ['usage'] as const

export const readUsage = (api: Api): Promise<Usage> => api.rest('GET', '/console/usage')
