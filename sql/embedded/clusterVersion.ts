// Refuses a data directory of another major version of Postgres before anything in it is touched: the server
// itself would refuse it too, but only in its own log.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { embeddedMajor } from './binaries.ts'

/** The steps to move such a directory. */
const PAGE = 'docs/how-to/upgrade.md#the-embedded-postgres'

/** Null: there is no cluster yet. */
const majorOf = async (clusterDir: string): Promise<number | null> => {
  try {
    return Number.parseInt(await readFile(join(clusterDir, 'PG_VERSION'), 'utf8'), 10)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

export const refuseOtherMajor = async (clusterDir: string): Promise<void> => {
  const found = await majorOf(clusterDir)
  if (found === null) return
  const own = await embeddedMajor()
  if (found === own) return
  throw new Error(
    `The data in ${clusterDir} belongs to Postgres ${found}, and this gateway embeds Postgres ${own}. Nothing was ` +
      `changed. ${PAGE} describes how to move the data.`,
  )
}
