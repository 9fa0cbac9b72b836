// Commands that prepare a database: what an administrator of Postgres applies before the first start, and the
// migration to this version.

import { setupSql } from '../../../sql/setup.ts'
import { Refusal } from '../../../tenants/refusal.ts'
import type { Command, LocalCommand } from '../command.ts'
import { openDatabase } from '../database.ts'
import { upgradeCommand } from './upgradeCommand.ts'

const DEFAULT_NAME = 'tenantry'
/** Postgres cuts longer names off. */
const MAX_NAME_BYTES = 63

const nameOf = (option: string, given: string | undefined): string => {
  const name = given ?? DEFAULT_NAME
  if (name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= MAX_NAME_BYTES) return name
  throw new Refusal('INVALID_INPUT', `--${option} must have 1 to ${MAX_NAME_BYTES} bytes.`)
}

const setup: LocalCommand = {
  summary:
    'Print the SQL that creates the database of a gateway and its login role, which is not a superuser',
  arguments: [],
  options: {
    role: { type: 'string', value: 'name', meaning: `Login role of DATABASE_URL; default: ${DEFAULT_NAME}` },
    database: { type: 'string', value: 'name', meaning: `Its database; default: ${DEFAULT_NAME}` },
  },
  isLocal: true,
  run: async (_config, input) => {
    const names = {
      role: nameOf('role', input.text('role')),
      database: nameOf('database', input.text('database')),
    }
    const sql = setupSql(names)
    return { json: { ...names, sql }, text: sql }
  },
}

/** Failures are in the answer. */
const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const migrate: LocalCommand = {
  summary: 'Migrate the database to this version, like a start of the gateway',
  arguments: [],
  isLocal: true,
  run: async (config) => {
    const { pool, close } = await openDatabase(config, QUIET, { migrates: true })
    try {
      const { rows } = await pool.query<{ name: string }>('select max(name) as name from tenantry.migrations')
      const name = rows[0]?.name ?? ''
      return { json: { migration: name }, text: `The database is at ${name}.` }
    } finally {
      await close()
    }
  },
}

export const SETUP_COMMANDS: readonly (readonly [string, Command])[] = [
  ['setup-sql', setup],
  ['migrate', migrate],
  ['upgrade', upgradeCommand],
]
