// Builds of a workspace that are not ready, as describing and changing its model needs them, and the ids of
// indexes that were built on request.

import type { CatalogDetails, CatalogIndex } from '../../../sql/catalog/catalogDetails.ts'
import type { BuildPurpose, IndexDetails } from '../ddl/buildStep.ts'

export type StepState = 'pending' | 'running' | 'failed'

export interface BuildRow {
  readonly id: string
  readonly buildId: string
  readonly purpose: BuildPurpose
  readonly state: StepState | 'ready'
  /** Why it failed, or what it waits for. */
  readonly error: string | null
  /** Oid of the table, and attribute numbers. */
  readonly relation: string
  readonly columns: readonly number[]
  readonly constraintName: string | null
  readonly indexName: string | null
  /** Oid of an index that is ready. */
  readonly index: string | null
  readonly indexId: string | null
  readonly details: IndexDetails | null
}

/** A JSON array. A build of a gateway of the version before is not part of it. */
export const buildsSql = (workspaceId: string): string => `(select coalesce(json_agg(json_build_object(
    'id', u.id::text, 'buildId', u.build_id, 'purpose', u.purpose, 'state', u.state, 'error', u.error,
    'relation', u.table_oid::text, 'columns', u.column_numbers, 'constraintName', u.constraint_name, 'indexName', u.index_name,
    'index', u.index_oid::text, 'indexId', u.index_id, 'details', u.index_details) order by u.id), '[]')
  from tenantry.unfinished_steps u where u.workspace_id = ${workspaceId} and u.template is not null)`

const planned = (
  row: BuildRow,
  { method, unique, options, classes, predicate }: IndexDetails,
): CatalogIndex => ({
  oid: `build ${row.id}`,
  name: row.indexName ?? '',
  relation: row.relation,
  method,
  unique,
  primary: false,
  valid: false,
  hasConstraint: false,
  columns: row.columns,
  options,
  classes,
  predicate,
  plannedBy: row.id,
})

/** Adds the indexes to be built, so that no other index takes their names or is built twice. */
export const withPlanned = (details: CatalogDetails, builds: readonly BuildRow[]): CatalogDetails => {
  const present = new Set(details.indexes.map(({ name }) => name))
  const missing = builds.flatMap((row) =>
    row.details === null || row.state === 'ready' || present.has(row.indexName ?? '')
      ? []
      : [planned(row, row.details)],
  )
  if (missing.length === 0) return details
  const indexes = [...details.indexes, ...missing].sort((one, other) => (one.name < other.name ? -1 : 1))
  return { ...details, indexes }
}
