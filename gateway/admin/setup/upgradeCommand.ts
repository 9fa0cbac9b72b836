// `tenantry upgrade`: migrations and functions, then the steps of workspaces, each recorded. A plan changes
// nothing, and starts no server.

import type { Pool } from 'pg'
import { findRunningEmbedded } from '../../../sql/embedded.ts'
import { readPendingFunctions } from '../../../sql/functions.ts'
import { readMigrationState } from '../../../sql/migrate.ts'
import { openCoordinator } from '../../../sql/placement.ts'
import { Refusal } from '../../../tenants/refusal.ts'
import {
  findUpgradable,
  readWaiting,
  type UpgradedWorkspace,
  upgradeWorkspaces,
} from '../../../tenants/upgrade/ledger.ts'
import type { Keyring } from '../../auth/keyring.ts'
import { type Config, ownerUrlOf } from '../../config.ts'
import type { CommandOutput, Input, LocalCommand } from '../command.ts'
import { openDatabase } from '../database.ts'
import { printable } from '../table.ts'
import { type Rotation, rotateSecretKey, rotationLines } from './rotateSecretKey.ts'

/** Failures are in the answer. */
const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The id of the only workspace to upgrade; null: all. */
const canaryOf = async (pool: Pool, reference: string | undefined): Promise<string | null> =>
  reference === undefined ? null : findUpgradable(pool, reference)

const plan = async (config: Config, canary: string | undefined): Promise<CommandOutput> => {
  const url = ownerUrlOf(config) ?? (await findRunningEmbedded(config.dataDir))
  if (url === null)
    throw new Refusal('CONFLICT', 'The embedded Postgres runs only while a gateway runs.', {
      hint: 'Run the plan while the gateway of the previous version runs.',
    })
  const pool = openCoordinator(url, { size: 2 })
  try {
    const client = await pool.connect()
    const [state, functions] = await (async () => {
      try {
        return [await readMigrationState(client), await readPendingFunctions(client)] as const
      } finally {
        client.release()
      }
    })()
    const steps = await readWaiting(pool, await canaryOf(pool, canary))
    const { pending, unknown, refusal, isNew } = state
    const json = { isNew, migrations: pending, newer: unknown, refusal, functions, steps }
    const text = [
      ...(refusal === null ? [] : [refusal]),
      ...(isNew ? ['The database is new: all migrations run.'] : []),
      ...pending.map((name) => `migration  ${name}`),
      `functions  ${functions.names.length} of release ${functions.release}`,
      ...steps.map(
        ({ step, meaning, workspaces }) => `${step.padEnd(9)}  ${workspaces.length} workspaces: ${meaning}`,
      ),
    ]
    return { json, text: text.join('\n'), hasFailed: refusal !== null }
  } finally {
    await pool.end()
  }
}

const lineOf = ({ workspaceId, step, error }: UpgradedWorkspace): string =>
  `${error === null ? 'done' : 'FAILED'}  ${step}  ${workspaceId}${error === null ? '' : `: ${printable(error)}`}`

/** While gateways with the previous key alone are connected, a later run continues it. */
const continueRotation = async (
  pool: Pool,
  keyring: Keyring,
): Promise<{ readonly rotation: Rotation | null; readonly lines: readonly string[] }> => {
  if (keyring.previousSecretKey === null) return { rotation: null, lines: [] }
  try {
    const rotation = await rotateSecretKey(pool, keyring)
    return { rotation, lines: rotationLines(rotation) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { rotation: null, lines: [`left  SECRET_KEY  ${error.message} ${error.hint ?? ''}`] }
  }
}

const upgrade = async (config: Config, input: Input): Promise<CommandOutput> => {
  const canary = input.text('canary')
  const { pool, keyring, close } = await openDatabase(config, QUIET, {
    migrates: true,
    upgradesWorkspaces: false,
    check: (opened) => canaryOf(opened, canary),
  })
  try {
    const only = await canaryOf(pool, canary)
    const allowRewrite = input.isSet('allow-rewrite')
    const done: UpgradedWorkspace[] = []
    for await (const each of upgradeWorkspaces(pool, only, { allowRewrite })) done.push(each)
    const waiting = (await readWaiting(pool)).map(({ step, workspaces }) => ({
      step,
      workspaces: workspaces.length,
    }))
    const left = waiting.filter(({ workspaces }) => workspaces > 0)
    const secretKey = await continueRotation(pool, keyring)
    const text = [
      ...done.map(lineOf),
      ...secretKey.lines,
      ...left.map(({ step, workspaces }) => `left  ${step}  ${workspaces} workspaces`),
      ...(left.length === 0 ? ['The database and all workspaces are at this version.'] : []),
    ]
    return {
      json: { workspaces: done, waiting, secretKey: secretKey.rotation },
      text: text.join('\n'),
      hasFailed: done.some(({ error }) => error !== null),
    }
  } finally {
    await close()
  }
}

export const upgradeCommand: LocalCommand = {
  summary:
    'Migrate the database and its workspaces to this version, before the first gateway of this version starts',
  arguments: [],
  options: {
    plan: {
      type: 'boolean',
      meaning: 'Change nothing; print the migrations, functions and steps that would run',
    },
    canary: {
      type: 'string',
      value: 'workspace',
      meaning: 'Upgrade only this workspace, after the migrations',
    },
    'allow-rewrite': {
      type: 'boolean',
      meaning: 'Rewrite tables with 10,000 records or more, which cannot be read meanwhile',
    },
  },
  isLocal: true,
  run: (config, input) => (input.isSet('plan') ? plan(config, input.text('canary')) : upgrade(config, input)),
}
