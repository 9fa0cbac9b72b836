// The envelopes of the contract. In: JSON text that Postgres made; out: the body as text, never parsed on its way.

import type { ObjectModel } from '../../tenants/model/model.ts'
import { encodeCursor } from '../query/cursor.ts'
import type { CompiledPage } from './compile.ts'
import type { Page } from './request.ts'

export const recordAnswer = (name: string, record: string): string =>
  `{"data":{${JSON.stringify(name)}:${record}}}`

/**
 * `{"data":{"companies":[…]},"totalCount":…,"pageInfo":{…}}`. A page is known to have something before it when it begins
 * behind a cursor, and the other way round when it was read backwards.
 * @param row what the statement of `compileFindMany` gave
 */
export const pageAnswer = (
  object: ObjectModel,
  compiled: CompiledPage,
  page: Page,
  row: readonly (string | null)[],
): string => {
  const [records = '[]', hasMore, firstRead, lastRead, totalCount = '0'] = row
  const cursor = (values: string | null | undefined): string | null => {
    if (values == null || compiled.terms.length === 0) return null
    const parsed: unknown = JSON.parse(values)
    return encodeCursor(compiled.terms, Array.isArray(parsed) ? parsed : [])
  }
  const isMore = hasMore === 't' || hasMore === 'true'
  const { isBackward } = compiled
  const pageInfo = {
    startCursor: cursor(isBackward ? lastRead : firstRead),
    endCursor: cursor(isBackward ? firstRead : lastRead),
    hasNextPage: isBackward || isMore,
    hasPreviousPage: isBackward ? isMore : page.after !== undefined,
  }
  return `{"data":{${JSON.stringify(object.namePlural)}:${records}},"totalCount":${totalCount},"pageInfo":${JSON.stringify(pageInfo)}}`
}
