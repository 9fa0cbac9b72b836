// Requests about the history of a record.

import { isRecord } from '../../tenants/model/json.ts'
import { keepSpelling } from '../../tenants/model/value/exactNumber.ts'
import { actorOf, demandFlag } from '../auth/flags.ts'
import { checkObject } from '../records/model/permission.ts'
import type { PastEntry } from '../records/recordHistory.ts'
import { valuesOf } from '../records/recordValues.ts'
import { overtaken, undoOperation } from '../records/write/undoWrite.ts'
import { type RestAnswer, type RestCall, recordAnswer } from './call.ts'
import { parseKey } from './plan.ts'
import type { RestRequestOf } from './restRequest.ts'
import { withoutBody, written } from './writeAnswer.ts'

/** These fields of a record's JSON alone. */
const fieldsOf = (record: string, names: readonly string[]): string => {
  const value: unknown = JSON.parse(record, (_, each, { source }) => keepSpelling(each, source))
  const fields = isRecord(value) ? value : {}
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, fields[name]])))
}

/** Of an update the fields that it changed, otherwise the whole record. */
const sideOf = (record: string | null | undefined, { changedFields }: PastEntry): string =>
  record == null ? 'null' : changedFields === null ? record : fieldsOf(record, changedFields)

const writeEntry = (entry: PastEntry): string => {
  const { position, at, operation, actor, changedFields, records } = entry
  const head = JSON.stringify({
    position,
    at,
    operation,
    actor,
    ...(changedFields === null ? {} : { changedFields }),
  })
  const [before, after] = records.map((record) => sideOf(record, entry))
  return `${head.slice(0, -1)},"before":${before},"after":${after}}`
}

/** `{"data":{"companyHistory":[…]},"completeSince":…,"pageInfo":{…}}`, the newest change first. */
export const findHistory = async (
  { object, past }: RestCall,
  { key, page: { limit, after } }: RestRequestOf<'findHistory'>,
): Promise<RestAnswer> => {
  const selection = valuesOf(object)
  const page = await past.page(object, parseKey(object, key), { limit, after }, [
    { side: 'before', selection },
    { side: 'after', selection },
  ])
  const pageInfo = {
    startCursor: page.entries[0]?.position ?? null,
    endCursor: page.end,
    hasNextPage: page.hasNextPage,
    hasPreviousPage: after !== undefined,
  }
  const entries = page.entries.map(writeEntry).join(',')
  const tail = JSON.stringify({ completeSince: page.completeSince, pageInfo }).slice(1)
  return { status: 200, body: `{"data":{"${object.nameSingular}History":[${entries}]},${tail}` }
}

/** `{"data":{"eraseCompanyHistory":{"changes":3}}}`: how many changes lost their images. */
export const eraseHistory = async (
  { object, past, requestContext: { caller } }: RestCall,
  { key }: RestRequestOf<'eraseHistory'>,
): Promise<RestAnswer> => {
  demandFlag(caller, 'DATA_MODEL')
  const changes = await past.erase(object, parseKey(object, key), actorOf(caller))
  return { status: 200, body: recordAnswer(`erase${object.typeName}History`, JSON.stringify({ changes })) }
}

/** Undoes a change of the record's history. */
export const undoChange = async (
  call: RestCall,
  { shown, key, position }: RestRequestOf<'undoChange'>,
): Promise<RestAnswer> => {
  const { object } = call
  checkObject('update', object)
  const named = parseKey(object, key)
  const undo = await call.past.undo(object, named, position, valuesOf(object))
  return written(call, shown, undoOperation(object, named, undo), ([record]) => {
    if (record === undefined) throw overtaken(object)
    return call.isMinimal
      ? withoutBody(200)
      : { status: 200, body: recordAnswer(`undo${object.typeName}Change`, record) }
  })
}
