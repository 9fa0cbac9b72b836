// The steps that an upgrade makes in workspaces, in order. Each finds the workspaces that need it from their
// own state, before and after it, so that a step may run twice and is done only when nothing is left to do.

import type { Pool } from 'pg'
import {
  readOutdatedVectors,
  readPlannedFunctions,
  renewSearchVectors,
  replaceSearchFunction,
} from '../model/searchUpgrade.ts'
import { pinWorkspace, readUnpinned } from './pinNames.ts'

export interface UpgradeOptions {
  /** Of large tables, which cannot be read meanwhile. */
  readonly allowRewrite: boolean
}

export interface UpgradeStep {
  readonly name: string
  readonly meaning: string
  /**
   * Ids of the workspaces that need it. Works on the control schema of earlier versions too.
   * @param workspaceId null for all workspaces.
   */
  readonly waiting: (pool: Pool, workspaceId: string | null) => Promise<readonly string[]>
  readonly run: (pool: Pool, workspaceId: string, options: UpgradeOptions) => Promise<void>
}

const names: UpgradeStep = {
  name: 'names',
  meaning: 'keeps the names of the APIs in comments',
  waiting: readUnpinned,
  run: async (pool, workspaceId) => {
    await pinWorkspace(pool, workspaceId)
  },
}

const search: UpgradeStep = {
  name: 'search',
  meaning: 'rewrites tables whose phone numbers are searched by an earlier rule',
  waiting: async (pool, workspaceId) => [
    ...new Set((await readOutdatedVectors(pool, workspaceId)).map((each) => each.workspaceId)),
  ],
  run: async (pool, workspaceId, { allowRewrite }) => {
    for (const { error } of await renewSearchVectors(pool, workspaceId, allowRewrite))
      if (error !== null) throw error
  },
}

const searchFunction: UpgradeStep = {
  name: 'searchFunction',
  meaning: 'replaces the function of searched text by one that costs writes less',
  waiting: readPlannedFunctions,
  run: replaceSearchFunction,
}

export const UPGRADE_STEPS: readonly UpgradeStep[] = [names, search, searchFunction]
