// TypeScript types of a workspace's records, as a role with all permissions sees them.

import type { Pool } from 'pg'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import type { Model } from '../../tenants/model/model.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { type Registry, registrySql } from '../../tenants/model/read/registry.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { compileSchema } from '../graphql/schema/compile.ts'
import type { Protocol } from '../http/context.ts'
import { describeCore } from '../openapi/core.ts'
import { graphqlTypes } from './graphql.ts'
import { restTypes } from './rest.ts'

interface Row {
  readonly schema_name: string
  readonly has_standard_objects: boolean
  readonly registry: Registry
}

const readModel = async (pool: Pool, workspaceId: string): Promise<Model> => {
  const { rows } = await pool.query<Row>(
    `select schema_name, has_standard_objects, ${registrySql('id')} as registry from tenantry.workspaces where id = $1`,
    [workspaceId],
  )
  const [row] = rows
  const catalog = row === undefined ? null : await readCatalog(pool, row.schema_name)
  if (row === undefined || catalog === null) throw new Refusal('NOT_FOUND', 'The workspace was dropped.')
  return deriveModel(catalog, { standard: row.has_standard_objects, registry: row.registry })
}

const NO_TEXT = { title: null, description: null }
const NO_TEXTS = { ofObject: () => NO_TEXT, ofField: () => NO_TEXT, fingerprint: '' }

export const writeTypes = async (pool: Pool, workspaceId: string, protocol: Protocol): Promise<string> => {
  const model = await readModel(pool, workspaceId)
  if (protocol === 'graphql') return graphqlTypes((await compileSchema(model)).schema)
  const { schemas } = await describeCore({
    model,
    texts: NO_TEXTS,
    maxBatchRecords: 60,
    mayChangeModel: true,
  })
  return restTypes(schemas)
}
