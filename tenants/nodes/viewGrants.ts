// Privileges of views on the workers of a cluster. Citus sends grants of views on, but copies none to a
// worker that is added, nor with the views of a schema that it distributes.

import type { Pool } from 'pg'
import type { WorkerNode } from '../../sql/placement.ts'

interface ViewName {
  readonly schema: string
  readonly name: string
}

const BARE_SQL = `select n.nspname::text as schema, c.relname::text as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'v' and c.relacl is null`

const GRANT_SQL = `select tenantry.grant_relation(w.schema_name, c.oid)
  from unnest($1::text[], $2::text[]) as bare (schema, name)
  join tenantry.workspaces w on w.schema_name = bare.schema
  join pg_catalog.pg_namespace n on n.nspname = w.schema_name
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = bare.name
    and c.relkind = 'v' and c.relacl is not null`

/**
 * Grants again what roles hold on views that a worker has without privileges.
 * @returns the number of views
 */
export const grantBareViews = async (coordinator: Pool, workers: readonly WorkerNode[]): Promise<number> => {
  const found = await Promise.all(workers.map(({ owner }) => owner.query<ViewName>(BARE_SQL)))
  const bare = new Map(
    found.flatMap(({ rows }) => rows).map((view) => [JSON.stringify([view.schema, view.name]), view]),
  )
  const views = [...bare.values()]
  const { rowCount } = await coordinator.query(GRANT_SQL, [
    views.map(({ schema }) => schema),
    views.map(({ name }) => name),
  ])
  return rowCount ?? 0
}
