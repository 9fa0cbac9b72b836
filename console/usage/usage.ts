// How the workspace's API is used, as /console/usage says it.

import type { Api } from '../api/api.ts'

export interface Limit {
  readonly perMinute: number
  readonly used: number
  /** Until the minute begins anew. */
  readonly resetSeconds: number
}

export interface KeyUsage extends Limit {
  readonly id: string
  readonly name: string
}

export interface Hour {
  /** When it began, ISO 8601. */
  readonly at: string
  readonly requests: number
  /** Of these: past a limit, or without the permission. */
  readonly refused: number
  /** Of these: the gateway's fault. */
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
