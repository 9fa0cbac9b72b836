// Makes one generated schema in a workspace of its own, looks at the API after each step, and drops the
// workspace.

import { readCatalog } from '../../sql/catalog/catalog.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import type { TestGateway } from '../support/gateway.ts'
import { applyStatements } from './apply.ts'
import { changeAtRandom } from './changes.ts'
import { faultsOf } from './faults.ts'
import { createRandom } from './random.ts'
import { makeSchema } from './schema.ts'

const STEPS = 2
/** Through the metadata API, after the steps in SQL. */
const CHANGES = 6

export const faultsOfSchema = async (server: TestGateway, seed: number) => {
  const { pool } = server.gateway
  const client = await server.enter(`Schema ${seed}`, { standardObjects: false })
  const faults: string[] = []
  let taken = 0
  for (const statements of makeSchema(seed, STEPS)) {
    taken += (await applyStatements(pool, client.workspace.id, statements)).length
    const catalog = await readCatalog(pool, client.workspace.schemaName)
    faults.push(...(await faultsOf(client, catalog?.relations.length ?? 0)))
    if (faults.length > 0) break
  }
  if (faults.length === 0) {
    faults.push(...(await changeAtRandom(client, createRandom(seed), CHANGES)))
    const catalog = await readCatalog(pool, client.workspace.schemaName)
    faults.push(...(await faultsOf(client, catalog?.relations.length ?? 0)))
  }
  await dropWorkspace(pool, client.workspace.id)
  return { faults, taken }
}
