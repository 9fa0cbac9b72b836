// Upgrades workspaces step by step and records each in tenantry.workspace_upgrades. A step counts as done
// only if its workspace does not need it afterwards. An upgrade that was killed goes on where it stopped: a
// recorded step that is not done is checked again, and the workspaces show what they still need.

import type { Pool } from 'pg'
import { Refusal } from '../refusal.ts'
import { UPGRADE_STEPS, type UpgradeOptions, type UpgradeStep } from './steps.ts'

const BEGIN_SQL = `insert into tenantry.workspace_upgrades (workspace_id, step, state) values ($1, $2, 'running')
  on conflict (workspace_id, step) do update
    set state = 'running', error = null, started_at = clock_timestamp(), ended_at = null`

const END_SQL = `update tenantry.workspace_upgrades set state = $3, error = $4, ended_at = clock_timestamp()
  where workspace_id = $1 and step = $2`

/** The control schema of an earlier version has no ledger. */
const OPEN_SQL = `select u.workspace_id::text as id from tenantry.workspace_upgrades u
  where u.step = $1 and u.state <> 'done' and (u.workspace_id = $2 or $2 is null)`

export interface UpgradedWorkspace {
  readonly workspaceId: string
  readonly step: string
  /** Why it is not done; null if it is. */
  readonly error: string | null
}

interface WaitingStep {
  readonly step: string
  readonly meaning: string
  readonly workspaces: readonly string[]
}

/**
 * The id of a workspace in a control schema of any version; throws Refusal NOT_FOUND.
 * @param reference its id or its subdomain
 */
export const findUpgradable = async (pool: Pool, reference: string): Promise<string> => {
  const { rows: found } = await pool.query<{ there: boolean }>(
    `select to_regclass('tenantry.workspaces') is not null as there`,
  )
  const { rows } =
    found[0]?.there === true
      ? await pool.query<{ id: string }>(
          'select id::text from tenantry.workspaces where id::text = lower($1) or subdomain = $1',
          [reference.replaceAll('\0', '')],
        )
      : { rows: [] }
  const [row] = rows
  if (row === undefined) throw new Refusal('NOT_FOUND', `There is no workspace "${reference}".`)
  return row.id
}

/** Reads without changing anything. */
export const readWaiting = async (
  pool: Pool,
  workspaceId: string | null = null,
): Promise<readonly WaitingStep[]> => {
  const { rows } = await pool.query<{ workspaces: boolean; ledger: boolean }>(
    `select to_regclass('tenantry.workspaces') is not null as workspaces,
       to_regclass('tenantry.workspace_upgrades') is not null as ledger`,
  )
  const [has] = rows
  const idsOf = async ({ name, waiting }: UpgradeStep): Promise<readonly string[]> => {
    if (has?.workspaces !== true) return []
    const open = has.ledger ? (await pool.query<{ id: string }>(OPEN_SQL, [name, workspaceId])).rows : []
    return [...new Set([...(await waiting(pool, workspaceId)), ...open.map(({ id }) => id)])].sort()
  }
  const steps: WaitingStep[] = []
  for (const step of UPGRADE_STEPS)
    steps.push({ step: step.name, meaning: step.meaning, workspaces: await idsOf(step) })
  return steps
}

const reasonOf = (error: unknown): string => {
  if (error instanceof Refusal && error.hint !== undefined) return `${error.message} ${error.hint}`
  return error instanceof Error ? error.message : String(error)
}

const attempt = async (
  pool: Pool,
  step: UpgradeStep,
  workspaceId: string,
  options: UpgradeOptions,
): Promise<string | null> => {
  try {
    await step.run(pool, workspaceId, options)
    const isLeft = (await step.waiting(pool, workspaceId)).length > 0
    return isLeft ? 'The step ended, and the workspace still needs it.' : null
  } catch (error) {
    return reasonOf(error)
  }
}

/**
 * Yields each step of each workspace after it ended; a failed one does not stop the others.
 * @param workspaceId null for all workspaces.
 */
export async function* upgradeWorkspaces(
  pool: Pool,
  workspaceId: string | null,
  options: UpgradeOptions,
): AsyncGenerator<UpgradedWorkspace> {
  for (const step of UPGRADE_STEPS) {
    const waiting = await readWaiting(pool, workspaceId)
    const ids = waiting.find((each) => each.step === step.name)?.workspaces ?? []
    for (const id of ids) {
      await pool.query(BEGIN_SQL, [id, step.name])
      const error = await attempt(pool, step, id, options)
      await pool.query(END_SQL, [id, step.name, error === null ? 'done' : 'failed', error])
      yield { workspaceId: id, step: step.name, error }
    }
  }
}
