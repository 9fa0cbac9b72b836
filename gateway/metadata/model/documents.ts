// The data model as a document, for both protocols: export, comparison and application of unvalidated JSON.
// tenants/model/document parses and plans it.

import type { Pool } from 'pg'
import { applyModel, diffModel, readModelDocument } from '../../../tenants/model/document/apply.ts'
import type { ModelChange } from '../../../tenants/model/document/diff.ts'
import type { ModelDocument } from '../../../tenants/model/document/document.ts'
import type { ChangePlan } from '../../../tenants/model/metadata.ts'
import { createSlices, runInSlices } from '../../../tenants/model/read/slices.ts'
import { demandFlag } from '../../auth/flags.ts'
import type { RequestContext } from '../../entry/requestContext.ts'

export interface ModelDiff {
  readonly changes: readonly ModelChange[]
  readonly isDestructive: boolean
}

interface AppliedDocument {
  readonly diff: ModelDiff
  /** The plan of a dry run; null after a real change. */
  readonly dryRun: ChangePlan | null
}

interface ApplyHow {
  readonly isDryRun: boolean
  readonly mayDestroy: boolean
  readonly mayRewrite: boolean
}

/** After which a slice ends. */
const MAX_FIELDS_PER_SLICE = 300

/** Loaded with the first document, because only its checks need zod. */
const parse = async (document: unknown): Promise<ModelDocument> => {
  const { parseInSteps } = await import('../../../tenants/model/document/parse.ts')
  return runInSlices(parseInSteps(document), createSlices({ maxUnits: MAX_FIELDS_PER_SLICE }))
}

const diffOf = (changes: readonly ModelChange[]): ModelDiff => ({
  changes,
  isDestructive: changes.some(({ isDestructive }) => isDestructive),
})

export type ModelDocuments = ReturnType<typeof createModelDocuments>

export const createModelDocuments = ({
  pool,
  forget,
  build,
}: {
  readonly pool: Pool
  readonly forget: (workspaceId: string) => void
  readonly build: () => void
}) => {
  /** Reading requires the right to change too: a document contains everything, regardless of the role. */
  const enter = ({ caller }: RequestContext<unknown>): string => {
    demandFlag(caller, 'DATA_MODEL')
    return caller.workspaceId
  }

  return Object.freeze({
    read: async (requestContext: RequestContext<unknown>): Promise<ModelDocument> =>
      readModelDocument(pool, enter(requestContext)),
    diff: async (requestContext: RequestContext<unknown>, document: unknown): Promise<ModelDiff> =>
      diffOf(await diffModel(pool, enter(requestContext), await parse(document))),
    apply: async (
      requestContext: RequestContext<unknown>,
      document: unknown,
      { isDryRun, mayDestroy, mayRewrite }: ApplyHow,
    ): Promise<AppliedDocument> => {
      const workspaceId = enter(requestContext)
      const options = { dryRun: isDryRun, allowDestructive: mayDestroy, allowRewrite: mayRewrite }
      const wanted = await parse(document)
      const { changes, plan, hasBuilds } = await applyModel(pool, workspaceId, wanted, options).finally(
        () => isDryRun || forget(workspaceId),
      )
      if (!isDryRun && hasBuilds) build()
      return { diff: diffOf(changes), dryRun: isDryRun ? plan : null }
    },
  })
}
