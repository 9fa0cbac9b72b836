// A check of `tenantry doctor`.

import type pg from 'pg'
import type { Keyring } from '../auth/keyring.ts'
import type { Config } from '../config.ts'

export interface CheckResult {
  readonly status: 'ok' | 'warning' | 'fault'
  readonly message: string
  /** What to do about it. */
  readonly advice?: string
}

export interface Examined {
  readonly config: Config
  /** The owner's connection. */
  readonly client: pg.Client
  readonly ownerUrl: string
  /** Null: it does not exist yet. */
  readonly keyring: Keyring | null
}

export type Check = (examined: Examined) => Promise<CheckResult>
