// Operations on the model as a document: export, compare, apply. Applying is one transaction: at its end the
// model is read again and compared with the document, and a difference rolls it back.

import type { Pool } from 'pg'
import { Refusal } from '../../refusal.ts'
import { alterModel } from '../change/run/alter.ts'
import type { Described } from '../describe/catalogRef.ts'
import { describeInSlices } from '../describe/describe.ts'
import type { ChangePlan } from '../metadata.ts'
import { createSlices, runInSlices } from '../read/slices.ts'
import { readSources } from '../read/sources.ts'
import type { DeriveSteps } from '../read/steps.ts'
import { isScalar, SCALARS } from '../scalarType.ts'
import { diffInSteps, type ModelChange } from './diff.ts'
import type { ModelDocument } from './document.ts'
import { exportInSteps } from './export.ts'
import { changesInSteps, planInSteps } from './plan.ts'

export interface AppliedModel {
  readonly changes: readonly ModelChange[]
  readonly plan: ChangePlan
  /** Jobs wait for runBuilds. */
  readonly hasBuilds: boolean
}

interface ApplyOptions {
  readonly dryRun?: boolean
  /** Without it, changes that lose values are refused. */
  readonly allowDestructive?: boolean
  /** Without it, changes that rewrite a large table are refused. */
  readonly allowRewrite?: boolean
}

const wordsOf = ({ kind, object, field, index }: ModelChange): string =>
  `${kind} ${[object, field, index].filter((part) => part !== null).join('.')}`

const isRespelt = (want: ModelDocument, change: ModelChange): boolean => {
  const field = want.objects
    .find(({ nameSingular }) => nameSingular === change.object)
    ?.fields.find(({ name }) => name === change.field)
  return (
    field !== undefined &&
    isScalar(field.type) &&
    SCALARS[field.type].isRespelt === true &&
    change.kind === 'UPDATE_FIELD' &&
    change.properties.every(({ name }) => name === 'defaultValue')
  )
}

/** Indexes built after the transaction cannot be compared yet. */
const isPending = (change: ModelChange): boolean =>
  change.kind === 'CREATE_INDEX' ||
  (change.kind === 'UPDATE_FIELD' && change.properties.every(({ name }) => name === 'isUnique'))

function* refuseInequality(after: Described, want: ModelDocument, hasMore: boolean): DeriveSteps<void> {
  const differences = yield* diffInSteps(yield* exportInSteps(after), want)
  const left = differences.filter((change) => !isRespelt(want, change) && !(hasMore && isPending(change)))
  if (left.length > 0)
    throw new Refusal(
      'CONFLICT',
      `The model cannot be changed to match the document: ${left.map(wordsOf).join(', ')}.`,
      {
        hint: 'Nothing was changed. Compare the document with the model, and resolve the difference by hand.',
      },
    )
}

const refuseDestruction = (changes: readonly ModelChange[]): void => {
  const destructive = changes.filter(({ isDestructive }) => isDestructive)
  if (destructive.length > 0)
    throw new Refusal('CONFLICT', `Records would lose values: ${destructive.map(wordsOf).join(', ')}.`, {
      hint: 'Allow destructive changes if this is intended.',
    })
}

/** Columns and fields after which a slice ends. Measured: 20 µs each. */
const MAX_UNITS_PER_SLICE = 300

const inSlices = <Result>(steps: DeriveSteps<Result>): Promise<Result> =>
  runInSlices(steps, createSlices({ maxUnits: MAX_UNITS_PER_SLICE }))

export const readModelDocument = async (pool: Pool, workspaceId: string): Promise<ModelDocument> =>
  inSlices(exportInSteps(await describeInSlices(await readSources(pool, workspaceId))))

export const diffModel = async (
  pool: Pool,
  workspaceId: string,
  want: ModelDocument,
): Promise<readonly ModelChange[]> =>
  inSlices(changesInSteps(await describeInSlices(await readSources(pool, workspaceId)), want))

export const applyModel = async (
  pool: Pool,
  workspaceId: string,
  want: ModelDocument,
  { dryRun = false, allowDestructive = false, allowRewrite = false }: ApplyOptions = {},
): Promise<AppliedModel> => {
  let changes: readonly ModelChange[] = []
  const { plan, hasBuilds } = await alterModel(
    pool,
    workspaceId,
    { dryRun, allowRewrite },
    async (before) => {
      const planned = await inSlices(planInSteps(before, want))
      changes = planned.changes
      if (!dryRun && !allowDestructive) refuseDestruction(changes)
      const hasMore = (planned.schemaChange.afterwards ?? []).length > 0
      return { ...planned.schemaChange, check: (after) => inSlices(refuseInequality(after, want, hasMore)) }
    },
  )
  return { changes, plan, hasBuilds }
}
