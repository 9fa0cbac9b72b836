// The values of a record's key as its columns spell them. A caller may write an equal value in another way,
// as 1.5 for 1.50 or a time in another zone.

import type { ConnectionPool, Session } from '../../sql/pipeline/pool.ts'
import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { SCALARS } from '../../tenants/model/scalarType.ts'
import { createParams } from './params.ts'
import { columnReference, equals } from './read/comparable.ts'
import { compileKey, keyTexts } from './read/key.ts'
import type { RecordKey } from './recordHistory.ts'
import type { ValueTarget } from './values/value.ts'

type Connections = Pick<ConnectionPool, 'run'>

const CANONICAL_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** JSON keeps its quotes, as in record_id.sql. */
const spelling = (sql: string, { type }: ValueTarget): string =>
  SCALARS[type].value === 'json' ? `(${sql})::pg_catalog.text` : `pg_catalog.to_json(${sql}) #>> '{}'`

/** SQL of the types of the key's columns, with their lengths, scales and precisions. */
const columnTypes = async (
  connections: Connections,
  session: Session,
  { key }: ObjectModel,
  table: string,
): Promise<readonly string[]> => {
  const e = createParams()
  const [relation, names] = [
    e.param(table, 'pg_catalog.regclass'),
    e.param(JSON.stringify(key), 'pg_catalog.json'),
  ]
  const rows = await connections.run(
    session,
    {
      text: `select pg_catalog.format_type(a.atttypid, a.atttypmod)
        from pg_catalog.json_array_elements_text(${names}) with ordinality n (name, place)
        join pg_catalog.pg_attribute a on a.attrelid = ${relation} and a.attname = n.name order by n.place`,
      values: e.values,
    },
    { retryable: true },
  )
  return rows.map(([type]) => type ?? '')
}

/**
 * Throws Problem BAD_USER_INPUT, or an error of Postgres, for a value that the key cannot have.
 * @param schema of the workspace
 */
export const keySpelling = async (
  connections: Connections,
  session: Session,
  schema: string,
  object: ObjectModel,
  key: RecordKey,
): Promise<readonly string[]> => {
  const texts = keyTexts(object, key)
  if (texts.every(([{ type }, text]) => SCALARS[type].value === 'uuid' && CANONICAL_UUID.test(text)))
    return texts.map(([, text]) => text)
  const types = await columnTypes(
    connections,
    session,
    object,
    `${quoteIdentifier(schema)}.${quoteIdentifier(object.table)}`,
  )
  const e = createParams()
  const given = texts.map(
    ([{ column }, text], at) =>
      `${e.param(text, 'pg_catalog.text')}::${types[at]} as ${quoteIdentifier(column.name)}`,
  )
  const stored = texts.map(
    ([target], at) => `${spelling(columnReference('r', target.column), target)} as c${at}`,
  )
  // A value that its column would round or cut is another value: no record has it.
  const spelled = texts.map(
    ([target, text], at) => `coalesce(s.c${at}, case when ${equals(e, target.column, 'g', text)}
      then ${spelling(columnReference('g', target.column), target)} else ${spelling(e.param(text, target.column.type.sql), target)} end)`,
  )
  const rows = await connections.run(
    session,
    {
      text: `select ${spelled.join(', ')} from (select ${given.join(', ')}) g left join lateral (
        select ${stored.join(', ')} from ${inWorkspace(object.table)} r where ${compileKey(e, object, 'r', key, 'any')} limit 1
      ) s on true`,
      values: e.values,
    },
    { retryable: true },
  )
  return texts.map((_, index) => rows[0]?.[index] ?? '')
}
