// The machine that a table was measured on, in one line.

import { cpus, release, totalmem, type } from 'node:os'
import type { Pool } from 'pg'

export const describeMachine = async (pool: Pool): Promise<string> => {
  const { rows } = await pool.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  )
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} × ${model}, ${memory} GB, ${type()} ${release()}, Node ${process.versions.node}, Postgres ${rows[0]?.version}`
}
