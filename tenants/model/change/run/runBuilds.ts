// Runs the jobs of model changes: one session of a database at a time, one step after the other. A step that
// a lock keeps from running is tried again later, and others run meanwhile; one that the data forbid is
// marked as failed, and keeps the later steps of its build from running.

import type { ClientBase, Pool } from 'pg'
import { tryAlone } from '../../../../sql/advisoryLock.ts'
import { isOnCluster } from '../../../../sql/citus.ts'
import { errorCode } from '../../../../sql/errorCode.ts'
import { connectForJob } from '../../../../sql/ownerPool.ts'
import { bindSchema } from '../../../../sql/placeholder.ts'
import { bindNames, inSequence, sequenceOf } from '../../ddl/buildStep.ts'
import { isHeld } from './alterRefusal.ts'
import { failureText, waitingText } from './buildError.ts'
import {
  type ClaimedStep,
  claimStep,
  forgetStep,
  hasNamedSteps,
  isAnyDue,
  markStepFailed,
  markStepReady,
  markStepWaiting,
} from './claim.ts'
import { endFills, runOnCluster } from './clusterStep.ts'
import { buildConcurrently, dropBuilt, findIndex, type WantedIndex, withoutHaste } from './concurrently.ts'
import { givingWay } from './giveWay.ts'

export interface EndedStep {
  readonly workspaceId: string
  readonly statement: string
  readonly state: 'ready' | 'failed' | 'waiting'
  /** Why it failed, or what it waits for. */
  readonly error: string | null
}

export interface RunOptions {
  /** Null for all workspaces. */
  readonly workspaceId?: string | null
  /** Whether builds may begin, by the maintenance window; begun ones go on. */
  readonly mayBegin?: () => boolean
  /** Ends it: the running step is cancelled, and runs again later. */
  readonly signal?: AbortSignal | undefined
}

const FIRST_PAUSE_SECONDS = 1
const LONGEST_PAUSE_SECONDS = 60

/** The session is gone: its row stays, for the next one. */
const isBroken = (error: unknown): boolean => {
  const code = errorCode(error)
  return code === undefined || code.startsWith('57P') || code.startsWith('08')
}

const statementsOf = (step: ClaimedStep): readonly string[] => {
  const { template, statement, table, columns, constraintName, indexName, schemaName } = step
  const names = {
    table: table ?? '',
    columns: columns.map((column) => column ?? ''),
    constraint: constraintName ?? '',
    index: indexName ?? '',
  }
  const bound = template === null ? [statement] : sequenceOf(template).map((each) => bindNames(each, names))
  return bound.map((each) => bindSchema(each, schemaName))
}

const statementOf = (step: ClaimedStep): string => inSequence(statementsOf(step))

/** A row of the version before has the name of its table in the statement alone. */
const TABLE_OF_INDEX = `select i.indrelid::text as relation from pg_index i join pg_class c on c.oid = i.indexrelid
  join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2`

const indexOf = async (
  client: ClientBase,
  step: ClaimedStep,
  statement: string,
): Promise<WantedIndex | null> => {
  const { indexName: name, schemaName } = step
  if (name === null) return null
  const found =
    step.relation === null
      ? (await client.query<{ relation: string }>(TABLE_OF_INDEX, [schemaName, name])).rows[0]?.relation
      : step.relation
  return { schemaName, name, table: found ?? '0', statement }
}

const runStatement = async (client: ClientBase, step: ClaimedStep): Promise<void> => {
  if (await isOnCluster(client)) await runOnCluster(client, step, statementsOf(step))
  else await client.query(statementOf(step))
}

/** A validation keeps others from changing the table, so it never waits long. */
const VALIDATION_ATTEMPT = 1

const runStep = (
  pool: Pool,
  client: ClientBase,
  step: ClaimedStep,
  index: WantedIndex | null,
): Promise<unknown> =>
  index === null
    ? withoutHaste(client, VALIDATION_ATTEMPT, () => runStatement(client, step))
    : withoutHaste(client, step.attempts, () =>
        givingWay(pool, client, () => buildConcurrently(client, index)),
      )

const ended = (step: ClaimedStep, state: EndedStep['state'], error: string | null = null): EndedStep => ({
  workspaceId: step.workspaceId,
  statement: statementOf(step),
  state,
  error,
})

const CANCELLED = '57014'

const settleFailure = async (
  client: ClientBase,
  step: ClaimedStep,
  error: unknown,
  signal: AbortSignal | undefined,
): Promise<EndedStep> => {
  if (errorCode(error) === CANCELLED && signal?.aborted === true) {
    const text = 'The gateway that built it was stopped.'
    await markStepWaiting(client, step.id, text, 0)
    return ended(step, 'waiting', text)
  }
  if (!isHeld(error)) {
    const text = await failureText(client, step, error)
    await markStepFailed(client, step.id, text)
    return ended(step, 'failed', text)
  }
  const text = await waitingText(client)
  const seconds = Math.min(FIRST_PAUSE_SECONDS * 2 ** (step.attempts - 1), LONGEST_PAUSE_SECONDS)
  await markStepWaiting(client, step.id, text, seconds * (0.5 + Math.random()))
  return ended(step, 'waiting', text)
}

/** Undefined if there was nothing to build. */
const finish = async (
  pool: Pool,
  client: ClientBase,
  step: ClaimedStep,
  signal: AbortSignal | undefined,
): Promise<EndedStep | undefined> => {
  const isGone = step.template !== null && (step.table === null || step.columns.includes(null))
  if (isGone) {
    await endFills(client, [step])
    await forgetStep(client, step.id)
    return undefined
  }
  const index = await indexOf(client, step, statementOf(step))
  try {
    await runStep(pool, client, step, index)
  } catch (error) {
    if (isBroken(error)) throw error
    return settleFailure(client, step, error, signal)
  }
  const built = index === null ? undefined : await findIndex(client, index)
  if (await markStepReady(client, step.id, built?.oid ?? null)) return ended(step, 'ready')
  // Cancelled meanwhile.
  if (index !== null) await dropBuilt(client, index)
  return undefined
}

/** One step; null if none is due. */
const runOne = async (
  pool: Pool,
  { workspaceId = null, mayBegin = () => true, signal }: RunOptions,
): Promise<{ readonly step: EndedStep | undefined } | null> => {
  const { client, release } = await connectForJob(pool)
  let broken: Error | undefined
  const pid = 'processID' in client ? client.processID : null
  const cancel = (): void => void pool.query('select pg_cancel_backend($1::int)', [pid]).catch(() => {})
  signal?.addEventListener('abort', cancel)
  try {
    const step = await claimStep(client, workspaceId, mayBegin())
    return step === undefined ? null : { step: await finish(pool, client, step, signal) }
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
    release(broken)
  }
}

/** Runs all steps that are due, unless another session is at it. Rejects if its session breaks. */
export const runBuilds = async (pool: Pool, options: RunOptions = {}): Promise<readonly EndedStep[]> => {
  const { workspaceId = null, mayBegin = () => true, signal } = options
  if (!(await isAnyDue(pool, workspaceId, mayBegin()))) return []
  const steps: EndedStep[] = []
  await tryAlone(pool, 'builds', async () => {
    while (signal?.aborted !== true) {
      const ran = await runOne(pool, options)
      if (ran === null) return
      if (ran.step !== undefined) steps.push(ran.step)
    }
  })
  return steps
}

/** Finishes steps of the version before: after a change their statements would have old names. */
export const finishNamed = async (pool: Pool, workspaceId: string): Promise<void> => {
  if (await hasNamedSteps(pool, workspaceId)) await runBuilds(pool, { workspaceId })
}
