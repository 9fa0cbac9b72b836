// Statements of model changes that run after the transaction: validations and indexes of big tables. They are
// recorded in the transaction, run after it and deleted. If a backend or gateway dies in between, the records
// stay and another gateway finishes them: an index is dropped and rebuilt, a constraint validated. A step
// that cannot be finished, because the data forbid it or its table is gone, is undone.

import type { ClientBase, Pool } from 'pg'
import { errorCode } from '../../../../sql/errorCode.ts'
import { inTransaction } from '../../../../sql/ownerPool.ts'
import { bindSchema } from '../../../../sql/placeholder.ts'
import { alterRefusalOf, isHeld } from './alterRefusal.ts'
import { patiently } from './patiently.ts'
import type { Step } from './schemaChange.ts'

interface Finished {
  readonly workspaceId: string
  readonly statement: string
  /** Why it was undone; null if it was finished. */
  readonly error: Error | null
}

interface NotedStep {
  readonly id: string
  readonly workspaceId: string
  readonly schemaName: string
  readonly statement: string
  readonly indexName: string | null
  readonly undo: string | null
}

const DUPLICATE_TABLE = '42P07'

/** The asking session, as in pg_stat_activity. */
const THIS_SESSION = 'from pg_stat_activity a where a.pid = pg_backend_pid()'

const NOTE_SQL = `insert into tenantry.unfinished_steps
    (workspace_id, statement, index_name, undo, worker_pid, worker_started_at)
  select $1, s.statement, s.index_name, s.undo, a.pid, a.backend_start
  from unnest($2::text[], $3::text[], $4::text[]) with ordinality as s (statement, index_name, undo, place),
    lateral (select a.pid, a.backend_start ${THIS_SESSION}) a
  order by s.place`

const COLUMNS = `u.id::text, u.workspace_id as "workspaceId", w.schema_name as "schemaName", u.statement,
  u.index_name as "indexName", u.undo`

const OWN_SQL = `select ${COLUMNS} from tenantry.unfinished_steps u
  join tenantry.workspaces w on w.id = u.workspace_id
  where u.workspace_id = $1 and (u.worker_pid, u.worker_started_at) = (select a.pid, a.backend_start ${THIS_SESSION})
  order by u.id`

/**
 * One session claims at a time. A statement of its own, so that the next one sees what others have claimed.
 */
const CLAIM_ALONE = `select pg_advisory_xact_lock(hashtext('tenantry.unfinished_steps'))`

/** Takes over steps whose session is gone. */
const CLAIM_SQL = `update tenantry.unfinished_steps u set worker_pid = me.pid, worker_started_at = me.backend_start
  from (select a.pid, a.backend_start ${THIS_SESSION}) me
  where (u.workspace_id = $1 or $1 is null) and not exists (
    select from pg_stat_activity a where a.pid = u.worker_pid and a.backend_start = u.worker_started_at
  )
  returning u.workspace_id as "workspaceId"`

/** No session has this pid. */
const RELEASE_SQL = 'update tenantry.unfinished_steps set worker_pid = 0 where id = any ($1::bigint[])'

const FORGET_SQL = 'delete from tenantry.unfinished_steps where id = any ($1::bigint[])'

const IS_BUILT_SQL = `select from pg_index i
  join pg_class c on c.oid = i.indexrelid
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and i.indisvalid`

/** Records steps in the transaction of the change, for the session that runs them afterwards. */
export const noteSteps = async (
  client: ClientBase,
  workspaceId: string,
  steps: readonly Step[],
): Promise<void> => {
  if (steps.length === 0) return
  await client.query(NOTE_SQL, [
    workspaceId,
    steps.map(({ sql }) => sql),
    steps.map(({ index }) => index?.name ?? null),
    steps.map(({ index }) => index?.undo ?? null),
  ])
}

/** Whether any session is still building or validating something. */
export const hasUnfinishedSteps = async (pool: Pool, workspaceId: string): Promise<boolean> =>
  (await pool.query('select from tenantry.unfinished_steps where workspace_id = $1 limit 1', [workspaceId]))
    .rowCount === 1

const ownSteps = async (client: ClientBase, workspaceId: string): Promise<readonly NotedStep[]> =>
  (await client.query<NotedStep>(OWN_SQL, [workspaceId])).rows

const forget = async (client: ClientBase, steps: readonly NotedStep[]): Promise<void> => {
  await client.query(FORGET_SQL, [steps.map(({ id }) => id)])
}

/** Releases them for another gateway. */
const release = async (client: ClientBase, steps: readonly NotedStep[]): Promise<void> => {
  await client.query(RELEASE_SQL, [steps.map(({ id }) => id)])
}

const undoStep = async (
  client: ClientBase,
  { undo, schemaName }: NotedStep,
  error: unknown,
): Promise<void> => {
  // An object that had the name before is not ours to drop.
  if (undo !== null && errorCode(error) !== DUPLICATE_TABLE)
    await client.query(bindSchema(undo, schemaName)).catch(() => {})
}

/**
 * A step with an undo was half-done, and does not run twice; other steps are retried while their table is
 * locked.
 */
const runPatiently = async (client: ClientBase, step: NotedStep): Promise<void> => {
  await patiently(() => client.query(bindSchema(step.statement, step.schemaName)), {
    mayRepeat: step.undo === null,
  })
}

/**
 * Runs the steps that this session recorded. Throws a Refusal for the first one that the data forbid, and
 * skips those after it.
 */
export const finishSteps = async (
  client: ClientBase,
  workspaceId: string,
  steps: readonly Step[],
): Promise<void> => {
  if (steps.length === 0) return
  const noted = await ownSteps(client, workspaceId)
  for (const step of noted) {
    try {
      await runPatiently(client, step)
      await forget(client, [step])
    } catch (error) {
      if (isHeld(error) && step.undo === null) {
        // It is enforced already; another gateway finishes the rest.
        await release(client, noted)
        return
      }
      await undoStep(client, step, error)
      // If the connection broke this fails too, and the records stay for another gateway.
      await forget(client, noted).catch(() => {})
      throw alterRefusalOf(error)
    }
  }
}

const isBuilt = async (client: ClientBase, { schemaName, indexName }: NotedStep): Promise<boolean> =>
  (await client.query(IS_BUILT_SQL, [schemaName, indexName])).rowCount === 1

const finishAgain = async (client: ClientBase, step: NotedStep): Promise<void> => {
  if (step.undo !== null) {
    if (await isBuilt(client, step)) return
    await client.query(bindSchema(step.undo, step.schemaName))
  }
  await client.query(bindSchema(step.statement, step.schemaName))
}

const finishClaimed = async (client: ClientBase, workspaceId: string): Promise<readonly Finished[]> => {
  const finished: Finished[] = []
  const steps = await ownSteps(client, workspaceId)
  for (const [at, step] of steps.entries()) {
    const { statement } = step
    try {
      await finishAgain(client, step)
      finished.push({ workspaceId, statement, error: null })
    } catch (error) {
      if (!(error instanceof Error)) throw error
      if (isHeld(error)) {
        // Later steps may depend on it.
        await release(client, steps.slice(at))
        break
      }
      await undoStep(client, step, error)
      finished.push({ workspaceId, statement, error })
    }
    await forget(client, [step])
  }
  return finished
}

/**
 * Finishes the steps of dead backends and gateways.
 * @param workspaceId null for all workspaces.
 */
export const finishAbandoned = async (
  pool: Pool,
  workspaceId: string | null,
): Promise<readonly Finished[]> => {
  const { rowCount } = await pool.query(
    'select from tenantry.unfinished_steps where workspace_id = $1 or $1 is null limit 1',
    [workspaceId],
  )
  if (rowCount === 0) return []
  const finished: Finished[] = []
  await inTransaction(
    pool,
    async (client) => {
      await client.query(CLAIM_ALONE)
      const { rows } = await client.query<{ workspaceId: string }>(CLAIM_SQL, [workspaceId])
      return new Set(rows.map((row) => row.workspaceId))
    },
    async (client, claimed) => {
      for (const id of claimed) finished.push(...(await finishClaimed(client, id)))
    },
  )
  return finished
}
