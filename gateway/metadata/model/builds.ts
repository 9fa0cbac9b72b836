// The state of what is being built for fields and indexes, read once for a request that selects it, and not
// at all where the model has no builds.

import type { Pool } from 'pg'
import {
  readBuildStatus,
  retryBuilds,
  type StepStatus,
} from '../../../tenants/model/change/run/buildStatus.ts'
import type { BuildMetadata } from '../../../tenants/model/metadata.ts'
import { demandFlag } from '../../auth/flags.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import type { ModelNodes } from './nodes.ts'
import { metadataNotFound } from './notFound.ts'

export interface BuildStatus {
  readonly buildState: 'pending' | 'running' | 'failed' | 'ready'
  readonly buildError: string | null
  readonly buildProgress: number | null
}

const READY: BuildStatus = { buildState: 'ready', buildError: null, buildProgress: null }

const STATES = ['failed', 'running', 'pending'] as const

/** @param steps by their ids; null for the state when the change was made. */
export const statusOf = (
  build: BuildMetadata | null,
  steps: ReadonlyMap<string, StepStatus> | null,
): BuildStatus => {
  if (build === null) return READY
  if (steps === null) return { buildState: build.state, buildError: build.error, buildProgress: null }
  const own = build.steps.flatMap((id) => steps.get(id) ?? [])
  const buildState = STATES.find((each) => own.some(({ state }) => state === each))
  if (buildState === undefined) return READY
  const shown = own.filter(({ state }) => state === buildState)
  return {
    buildState,
    buildError: shown.find(({ error }) => error !== null)?.error ?? null,
    buildProgress: shown.find(({ progress }) => progress !== null)?.progress ?? null,
  }
}

export type ReadSteps = (workspaceId: string) => Promise<ReadonlyMap<string, StepStatus>>

export const createStepReader =
  (pool: Pool): ReadSteps =>
  async (workspaceId) =>
    new Map((await readBuildStatus(pool, workspaceId)).map((step) => [step.id, step]))

type RetryBuild = (requestContext: RequestContext<unknown>, model: ModelNodes, id: string) => Promise<void>

/** Of the field or index with the id. */
export const createBuildRetry =
  (pool: Pool, changed: (workspaceId: string) => void): RetryBuild =>
  async ({ caller }, model, id) => {
    demandFlag(caller, 'DATA_MODEL')
    const node = model.fieldById.get(id) ?? model.indexById.get(id)
    if (node === undefined) throw metadataNotFound('Field')
    await retryBuilds(pool, caller.workspaceId, node.build?.steps ?? [])
    changed(caller.workspaceId)
  }
