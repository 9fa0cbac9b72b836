// Changes of data models as webhooks report them: rows of tenantry_runtime.model_events, and the announced
// models that later ones are compared with. A model comes from the catalog, so changes by SQL are found.

import type { ClientBase, Pool } from 'pg'
import type { Connection } from '../../sql/ownerPool.ts'

export const METADATA_NAMES = ['objectMetadata', 'fieldMetadata'] as const
export type MetadataName = (typeof METADATA_NAMES)[number]
export const METADATA_ACTIONS = ['created', 'updated', 'deleted'] as const
export type MetadataAction = (typeof METADATA_ACTIONS)[number]

/** Events of records have two parts. */
export const isModelEvent = (event: string): boolean => event.split('.').length === 3

type Body = Readonly<Record<string, unknown>>

/** A role sees an object or a field if it can read all these tables, and one of the columns, if any. */
interface Needs {
  readonly tables: readonly string[]
  readonly columns: readonly { readonly table: string; readonly column: string }[]
}

export interface ModelEntry {
  readonly name: MetadataName
  readonly needs: Needs
  readonly body: Body
}

/** Objects and fields by their ids. */
export type AnnouncedModel = Readonly<Record<string, ModelEntry>>

export interface ModelEvent {
  readonly name: MetadataName
  readonly operation: MetadataAction
  readonly recordId: string
  readonly needs: Needs
  readonly before: Body | null
  readonly after: Body | null
}

/** Workspaces with webhooks for their model, and a model that differs from the announced one. */
export const unannouncedWorkspaces = async (pool: Pool): Promise<readonly string[]> => {
  const { rows } = await pool.query<{ id: string }>(
    `select s.id from tenantry.workspaces s left join tenantry_runtime.announced_models m on m.workspace_id = s.id
     where (m.version is null or m.version < s.version) and exists (
       select from tenantry.webhooks w
       where w.workspace_id = s.id and w.status <> 'disabled'
         and exists (select from unnest(w.operations) o where o = '*.*' or o like 'metadata.%.%')
     ) order by s.id`,
  )
  return rows.map(({ id }) => id)
}

/** Stores the first model. @returns false if there is one */
export const beginAnnouncing = async (
  pool: Pool,
  workspaceId: string,
  version: number,
  model: AnnouncedModel,
): Promise<boolean> => {
  const { rowCount } = await pool.query(
    `insert into tenantry_runtime.announced_models (workspace_id, version, model) values ($1, $2, $3)
     on conflict (workspace_id) do nothing`,
    [workspaceId, version, JSON.stringify(model)],
  )
  return (rowCount ?? 0) > 0
}

/** The announced model, locked until the transaction ends. @returns null if there is none */
export const lockAnnounced = async (
  client: ClientBase,
  workspaceId: string,
): Promise<{ readonly version: number; readonly model: AnnouncedModel } | null> => {
  const { rows } = await client.query<{ version: number; model: AnnouncedModel }>(
    `select version::float8 as version, model from tenantry_runtime.announced_models where workspace_id = $1 for update`,
    [workspaceId],
  )
  return rows[0] ?? null
}

export const storeAnnounced = async (
  client: ClientBase,
  workspaceId: string,
  version: number,
  model: AnnouncedModel,
): Promise<void> => {
  await client.query(
    'update tenantry_runtime.announced_models set version = $2, model = $3 where workspace_id = $1',
    [workspaceId, version, JSON.stringify(model)],
  )
}

interface StoredEvent {
  readonly id: string
  readonly xid: string
  readonly at: string
}

/** In the order given. */
export const insertModelEvents = async (
  client: ClientBase,
  workspaceId: string,
  events: readonly ModelEvent[],
): Promise<readonly StoredEvent[]> => {
  const { rows } = await client.query<StoredEvent>(
    `insert into tenantry_runtime.model_events (workspace_id, name, operation, record_id, needs, before, after)
     select $1, e ->> 'name', e ->> 'operation', (e ->> 'recordId')::uuid, e -> 'needs',
       nullif((e -> 'before')::text, 'null')::json, nullif((e -> 'after')::text, 'null')::json
     from json_array_elements($2::json) with ordinality l (e, place) order by l.place
     returning id, pg_current_xact_id()::text as xid, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`,
    [workspaceId, JSON.stringify(events)],
  )
  return rows
}

/** By their ids. */
export const readModelEvents = async (
  connection: Connection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ModelEvent>> => {
  if (ids.length === 0) return new Map()
  const { rows } = await connection.query<ModelEvent & { readonly id: string }>(
    `select id, name, operation, record_id as "recordId", needs, before, after
     from tenantry_runtime.model_events where id = any ($1::bigint[])`,
    [ids],
  )
  return new Map(rows.map(({ id, ...event }) => [id, event]))
}

/** Deletes old events, and the models of workspaces without webhooks. */
export const pruneModelEvents = async (pool: Pool, before: Date): Promise<void> => {
  await pool.query(
    `delete from tenantry_runtime.model_events e
     where e.at < $1 or not exists (select from tenantry.workspaces w where w.id = e.workspace_id)`,
    [before],
  )
  await pool.query(
    `delete from tenantry_runtime.announced_models m
     where not exists (select from tenantry.webhooks w where w.workspace_id = m.workspace_id)`,
  )
}
