// Imports an SQL script or dump into a workspace's schema, so that its tables become objects of the API.
// Afterwards the roles of the workspace may use them, and the gateways are notified. The import is one
// transaction: a script that creates anything elsewhere, or nothing here, is refused. The script is as
// trusted as its operator: it runs with the owner's rights.

import type { ClientBase, Pool } from 'pg'
import { readCatalog } from '../sql/catalog/catalog.ts'
import { isOnCluster } from '../sql/citus.ts'
import { refusedByCitus } from '../sql/nodes/refused.ts'
import { quoteIdentifier } from '../sql/placeholder.ts'
import { APPLYING, changeModel } from './changeModel.ts'
import {
  type Arrival,
  type Arrivals,
  countWritten,
  readArrivals,
  readNewRoles,
  readRoles,
  transactionId,
} from './import/arrivals.ts'
import { runScript } from './import/run.ts'
import { applyWorkspace } from './permission/apply.ts'
import { Refusal } from './refusal.ts'

interface ImportOptions {
  /** Schemas named in the script; their contents are created in the workspace's schema. */
  readonly fromSchemas?: readonly string[]
}

export interface ImportResult {
  readonly arrived: readonly Arrival[]
  /** Rows written, including those of existing tables. */
  readonly rows: number
  /** Kinds of statements that have no meaning here: owners, privileges of unknown roles. */
  readonly leftOut: readonly string[]
}

const SHOWN = 20

const listed = (names: readonly string[]): string =>
  names.length <= SHOWN
    ? names.join(', ')
    : `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`

const refuseStrays = (
  { outside, schemas }: Arrivals,
  roles: readonly string[],
  from: ReadonlySet<string>,
): void => {
  const strays = [
    ...outside.map(({ kind, name }) => `${kind} ${name}`),
    ...roles.map((role) => `role ${role}`),
  ]
  if (strays.length === 0) return
  throw new Refusal(
    'INVALID_INPUT',
    `The script creates something outside the workspace: ${listed(strays)}.`,
    {
      hint:
        schemas.length === 0
          ? 'Nothing was changed. Create it in psql first, and remove it from the script.'
          : `Nothing was changed. To import these schemas into the workspace, add --from-schema ${[...from, ...schemas].join(',')}.`,
    },
  )
}

async function* whole(script: string): AsyncGenerator<string> {
  yield script
}

const catalogOf = async (client: ClientBase, schemaName: string): Promise<string> =>
  JSON.stringify(await readCatalog(client, schemaName))

/** What a Citus cluster refuses of the tables once the script is over: its message names the column. */
const refuseResult = (error: unknown): never => {
  const known = error instanceof Error && !(error instanceof Refusal) ? refusedByCitus(error.message) : null
  if (known === null || !(error instanceof Error)) throw error
  throw new Refusal('INVALID_INPUT', `The script fails: ${known.message} (${error.message}).`, {
    hint: `Nothing was changed. ${known.hint}`,
    cause: error,
  })
}

export const importSql = (
  pool: Pool,
  workspaceId: string,
  script: string | AsyncIterable<string>,
  { fromSchemas = [] }: ImportOptions = {},
): Promise<ImportResult> =>
  changeModel(pool, workspaceId, async (client, { schemaName }) => {
    const from = new Set(fromSchemas.filter((schema) => schema !== schemaName))
    const roles = await readRoles(client)
    const before = await catalogOf(client, schemaName)
    const transaction = await transactionId(client)
    const written = await countWritten(client, schemaName)
    await client.query(`set local search_path to ${quoteIdentifier(schemaName)}`)
    const chunks = typeof script === 'string' ? whole(script) : script
    const { leftOut, rows: sent } = await runScript(client, chunks, schemaName, from)
    // Dumps change session settings, which would affect the next user of the connection.
    await client.query(`reset session authorization; reset all; ${APPLYING}`)
    const arrivals = await readArrivals(client, schemaName, transaction)
    refuseStrays(arrivals, await readNewRoles(client, transaction, roles), from)
    const { inside } = arrivals
    // Rows of a table that the script drops are not counted. The coordinator of a cluster has no statistics
    // of the rows on workers.
    const counted = Math.max(0, (await countWritten(client, schemaName)) - written)
    const rows = (await isOnCluster(client)) ? Math.max(counted, sent) : counted
    if (inside.length === 0 && rows === 0 && before === (await catalogOf(client, schemaName)))
      throw new Refusal('INVALID_INPUT', 'The script creates nothing in the workspace.', {
        hint: 'Nothing was changed. Check that it is the right file, and that it contains more than settings.',
      })
    await applyWorkspace(client, workspaceId)
    return { arrived: inside, rows, leftOut: [...leftOut] }
  }).catch(refuseResult)
