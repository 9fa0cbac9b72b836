// The id of a record as the history stores it: the key's values in Postgres' own spelling.

import type { ConnectionPool, Session } from '../../sql/pipeline/pool.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { SCALARS } from '../../tenants/model/scalarType.ts'
import { createParams } from '../records/params.ts'
import { keyTexts } from '../records/read/key.ts'
import type { RecordKey } from '../records/recordHistory.ts'

const CANONICAL_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const joined = (values: readonly string[]): string =>
  values.length === 1
    ? (values[0] ?? '')
    : values.map((value) => value.replaceAll('%', '%25').replaceAll(',', '%2C')).join(',')

/** Throws Problem BAD_USER_INPUT, or an error of Postgres, for a value that the key cannot have. */
export const recordIdFor = async (
  connections: Pick<ConnectionPool, 'run'>,
  session: Session,
  object: ObjectModel,
  key: RecordKey,
): Promise<string> => {
  const texts = keyTexts(object, key)
  if (texts.every(([{ type }, text]) => SCALARS[type].value === 'uuid' && CANONICAL_UUID.test(text)))
    return joined(texts.map(([, text]) => text))
  const e = createParams()
  const values = texts.map(
    ([{ column }, text]) => `pg_catalog.to_json(${e.param(text, column.type.sql)}) #>> '{}'`,
  )
  const rows = await connections.run(
    session,
    { text: `select ${values.join(', ')}`, values: e.values },
    { retryable: true },
  )
  return joined(texts.map((_, index) => rows[0]?.[index] ?? ''))
}
