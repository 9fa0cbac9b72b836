// Records the jobs of a change in its transaction, and forgets those whose table, column or constraint is
// gone.

import type { ClientBase } from 'pg'
import { newUuid } from '../../../uuid.ts'
import { type Build, dropIndexSql } from '../../ddl/buildStep.ts'
import type { ClaimedStep } from './claim.ts'
import { endFills } from './clusterStep.ts'
import type { Step } from './schemaChange.ts'

/** Rows of failed builds of the same thing go: the new build tries again. */
const FORGET_FAILED = `delete from tenantry.unfinished_steps u
  using jsonb_to_recordset($3) as s ("table" text, columns jsonb), pg_class c
  where u.workspace_id = $1 and u.build_id in (
      select f.build_id from tenantry.unfinished_steps f where f.workspace_id = $1 and f.state = 'failed')
    and c.relnamespace = (select oid from pg_namespace where nspname = $2) and c.relname = s."table"
    and u.table_oid = c.oid and u.column_numbers = (
      select array_agg(a.attnum order by n.place) from jsonb_array_elements_text(s.columns) with ordinality n (name, place)
      join pg_attribute a on a.attrelid = c.oid and a.attname = n.name)`

const NOTE_SQL = `insert into tenantry.unfinished_steps (workspace_id, statement, index_name, undo, worker_pid,
    worker_started_at, state, build_id, purpose, template, table_oid, column_numbers, constraint_oid, constraint_name,
    index_details, index_id)
  select $1, s.statement, s.index, s.undo, 0, now(), 'pending', s."buildId", s.purpose, s.template, c.oid, (
      select coalesce(array_agg(a.attnum order by n.place), '{}')
      from jsonb_array_elements_text(s.columns) with ordinality n (name, place)
      join pg_attribute a on a.attrelid = c.oid and a.attname = n.name and a.attnum > 0 and not a.attisdropped),
    (select k.oid from pg_constraint k where k.conrelid = c.oid and k.conname = s.constraint),
    s.constraint, s.details, s."indexId"
  from jsonb_to_recordset($3) as s (statement text, "index" text, undo text, "buildId" uuid, purpose text,
    template text, "table" text, columns jsonb, "constraint" text, details jsonb, "indexId" uuid, place int)
  join pg_class c on c.relnamespace = (select oid from pg_namespace where nspname = $2) and c.relname = s."table"
  order by s.place`

const FORGET_GONE = `delete from tenantry.unfinished_steps u
  where u.workspace_id = $1 and u.template is not null and (
    not exists (select from pg_class c where c.oid = u.table_oid)
    or exists (select from unnest(u.column_numbers) as n (number) where not exists (
      select from pg_attribute a where a.attrelid = u.table_oid and a.attnum = n.number and not a.attisdropped))
    or u.constraint_oid is not null and not exists (select from pg_constraint k where k.oid = u.constraint_oid)
    or u.state = 'ready' and not exists (select from pg_class c where c.oid = u.index_oid))
  returning u.purpose, u.table_oid::text as relation`

type Forgotten = Pick<ClaimedStep, 'purpose' | 'relation'>

const noted = (steps: readonly Step[]) => {
  const ids = new Map<string, string>()
  const buildIdOf = ({ table, columns }: Build): string => {
    const key = JSON.stringify([table, columns])
    const id = ids.get(key) ?? newUuid()
    ids.set(key, id)
    return id
  }
  return steps.map(({ sql, build }, place) => {
    if (build === undefined) throw new Error(`A step after a change cannot be a job: ${sql}`)
    const { index = null, ...more } = build
    return {
      ...more,
      place,
      statement: sql,
      buildId: buildIdOf(build),
      index,
      undo: index === null ? null : dropIndexSql(index),
      indexId: index === null ? null : newUuid(),
    }
  })
}

/** Records steps in the transaction of the change; runBuilds runs them after it. */
export const noteBuilds = async (
  client: ClientBase,
  { workspaceId, schemaName }: { readonly workspaceId: string; readonly schemaName: string },
  steps: readonly Step[],
): Promise<void> => {
  if (steps.length === 0) return
  const values = [workspaceId, schemaName, JSON.stringify(noted(steps))]
  await client.query(FORGET_FAILED, values)
  await client.query(NOTE_SQL, values)
}

export const forgetGone = async (client: ClientBase, workspaceId: string): Promise<void> => {
  const { rows } = await client.query<Forgotten>(FORGET_GONE, [workspaceId])
  await endFills(client, rows)
}
