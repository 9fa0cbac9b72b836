// Why a build failed, or what it waits for, in words.

import type { ClientBase } from 'pg'
import { errorCode } from '../../../../sql/errorCode.ts'
import { bindSchema, inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { Refusal } from '../../../refusal.ts'
import { alterRefusalOf } from './alterRefusal.ts'
import type { ClaimedStep } from './claim.ts'

const UNIQUE_VIOLATION = '23505'

/** Counts alone: the values are for readers of the records. */
const duplicatesText = async (client: ClientBase, step: ClaimedStep): Promise<string> => {
  const { table, columns, schemaName, statement } = step
  const names = columns.map((column) => quoteIdentifier(column ?? ''))
  const conditions = [
    ...names.map((name) => `${name} is not null`),
    ...(statement.includes('"deleted_at" is null') ? ['deleted_at is null'] : []),
  ]
  const { rows } = await client.query<{ values: string; records: string }>(
    bindSchema(
      `select count(*)::text as values, coalesce(sum(n), 0)::text as records from (
        select count(*) as n from ${inWorkspace(table ?? '')} where ${conditions.join(' and ')}
        group by ${names.join(', ')} having count(*) > 1) d`,
      schemaName,
    ),
  )
  const { values = '0', records = '0' } = rows[0] ?? {}
  const counted = `${values} ${values === '1' ? 'value occurs' : 'values occur'} more than once, in ${records} records.`
  return `Some records have the same value, so the field cannot be unique: ${counted} Change or delete the duplicates, and retry the build.`
}

export const failureText = async (client: ClientBase, step: ClaimedStep, error: unknown): Promise<string> => {
  if (errorCode(error) === UNIQUE_VIOLATION && step.table !== null)
    return duplicatesText(client, step).catch(
      () => 'Some records have the same value, so the field cannot be unique.',
    )
  const refusal = alterRefusalOf(error)
  if (refusal instanceof Refusal) return refusal.message
  return error instanceof Error ? error.message : String(error)
}

const OLDEST_SQL = `select a.pid, coalesce(nullif(a.application_name, ''), a.usename) as application,
    round(extract(epoch from clock_timestamp() - a.xact_start))::int as seconds
  from pg_stat_activity a where a.datname = current_database() and a.pid <> pg_backend_pid()
    and a.xact_start is not null and a.backend_type = 'client backend'
  order by a.xact_start limit 1`

/** The oldest transaction of the database is what an index waits for, most likely. */
export const waitingText = async (client: ClientBase): Promise<string> => {
  const { rows } = await client.query<{ pid: number; application: string; seconds: number }>(OLDEST_SQL)
  const [oldest] = rows
  return oldest === undefined
    ? 'The build waits for other transactions, and will be tried again.'
    : `The build waits for other transactions, and will be tried again; the oldest belongs to ${oldest.application} (process ${oldest.pid}, for ${oldest.seconds} s).`
}
