// Everything that describing and changing a workspace's model starts from: its row, its catalog, its
// registry. Consistent if the connection is in a transaction that holds the workspace's lock; otherwise the
// reads are a millisecond apart.

import type { ClientBase, Pool } from 'pg'
import { type Catalog, readCatalog } from '../../../sql/catalog/catalog.ts'
import { type CatalogDetails, readCatalogDetails } from '../../../sql/catalog/catalogDetails.ts'
import { Refusal } from '../../refusal.ts'
import { isUuid } from '../../uuid.ts'
import type { RuleColumn } from '../ddl/ruleIndexes.ts'
import { type BuildRow, buildsSql, withPlanned } from './builds.ts'
import { type Registry, registrySql } from './registry.ts'

export interface ModelSources {
  readonly workspaceId: string
  readonly schemaName: string
  readonly version: number
  readonly hasStandardObjects: boolean
  readonly createdAt: Date
  readonly catalog: Catalog
  readonly details: CatalogDetails
  readonly registry: Registry
  /** Not ready yet, and the ids of indexes that are. */
  readonly builds: readonly BuildRow[]
  readonly ruleColumns: readonly RuleColumn[]
  /** Rows of a table that counts as large; the default is that of tableSize.ts. */
  readonly largeRows?: number
  /** SQL expressions of defaults and generated columns, by `<relation's oid>:<attribute number>`. */
  readonly defaults: ReadonlyMap<string, string>
}

interface WorkspaceRow {
  readonly schemaName: string
  readonly version: number
  readonly hasStandardObjects: boolean
  readonly createdAt: Date
  readonly registry: Registry
  readonly builds: readonly BuildRow[]
  readonly ruleColumns: readonly RuleColumn[]
}

/** A JSON array of what the record rules of a workspace compare. */
export const ruleColumnsSql = (
  workspaceId: string,
): string => `(select coalesce(json_agg(distinct jsonb_build_object(
    'table', u.table_name, 'column', u.column_name, 'operand', u.operand)), '[]')
  from tenantry.row_rules u join tenantry.roles r on r.id = u.role_id where r.workspace_id = ${workspaceId})`

/** Stores each name of the catalog once, so that a simulated change edits one place. */
const beside = (catalog: Catalog, details: CatalogDetails): CatalogDetails => {
  const types = new Set(catalog.types.map((type) => (type.schema === catalog.schema ? type.name : '')))
  const keys = new Set(catalog.foreignKeys.map(({ relation, name }) => `${relation} ${name}`))
  return {
    ...details,
    types: details.types.filter((name) => !types.has(name)),
    constraints: details.constraints.filter(({ relation, name }) => !keys.has(`${relation} ${name}`)),
  }
}

export const readSources = async (
  connection: Pool | ClientBase,
  workspaceId: string,
): Promise<ModelSources> => {
  const gone = () => new Refusal('NOT_FOUND', `There is no workspace ${workspaceId}.`)
  if (!isUuid(workspaceId)) throw gone()
  const { rows } = await connection.query<WorkspaceRow>({
    name: 'tenantry_model_sources',
    text: `select schema_name as "schemaName", version::float8 as version, created_at as "createdAt",
      has_standard_objects as "hasStandardObjects", ${registrySql('id')} as registry, ${buildsSql('workspaces.id')} as builds,
      ${ruleColumnsSql('workspaces.id')} as "ruleColumns"
      from tenantry.workspaces where id = $1`,
    values: [workspaceId],
  })
  const [row] = rows
  if (row === undefined) throw gone()
  const catalog = await readCatalog(connection, row.schemaName)
  const details = await readCatalogDetails(connection, row.schemaName)
  if (catalog === null || details === null) throw gone()
  const defaults = new Map(
    details.defaults.map(({ relation, column, expression }) => [`${relation}:${column}`, expression]),
  )
  return {
    workspaceId,
    ...row,
    catalog,
    details: beside(catalog, withPlanned(details, row.builds)),
    defaults,
  }
}
