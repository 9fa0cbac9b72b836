// Requests that a client would send to an object over REST. In: the object, the OpenAPI document and a
// record, if there is one.

import type { Answer } from '../support/gateway.ts'
import type { ListedObject } from './faults.ts'

export interface RestAttempt {
  /** It names a record that is there. */
  readonly isFound?: boolean
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

const VALUES: Readonly<Record<string, unknown>> = {
  TEXT: 'x',
  NUMBER: 1,
  NUMERIC: '1.5',
  BOOLEAN: true,
  UUID: '00000000-0000-4000-8000-000000000002',
  DATE: '2026-01-31',
  DATE_TIME: '2026-01-31T12:00:00.000Z',
  SELECT: 'ONE',
  RATING: 'RATING_1',
  MULTI_SELECT: ['ONE'],
  ARRAY: ['1'],
  RAW_JSON: { a: [1] },
  POSITION: 1,
}

/** A key as the document's path wants it. */
interface KeyPath {
  readonly path: string
  /** Whether a record gave every part of it. */
  readonly isKnown: boolean
}

/** Null where the object has no key. */
const keyPath = (object: ListedObject, document: Answer['body'], record: Answer['body']): KeyPath | null => {
  const prefix = `/${object.namePlural}/{`
  const template = Object.keys(document?.paths ?? {}).find(
    (path) => path.startsWith(prefix) && path.endsWith('}') && !path.slice(prefix.length).includes('/'),
  )
  if (template === undefined) return null
  const names = template
    .slice(prefix.length - 1)
    .split(',')
    .map((part) => part.slice(1, -1))
  const values = names.map((name) => record?.[name] ?? null)
  const path = values
    .map((value) => value ?? '1')
    .map((value) => encodeURIComponent(typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join(',')
  return { path, isKnown: !values.includes(null) }
}

export const requestsOf = (
  object: ListedObject,
  document: Answer['body'],
  record: Answer['body'],
): readonly RestAttempt[] => {
  const path = `/rest/${encodeURIComponent(object.namePlural)}`
  const values = Object.fromEntries(
    object.fields.flatMap(({ name, type }) => (VALUES[type] === undefined ? [] : [[name, VALUES[type]]])),
  )
  const first = Object.entries(values)[0]
  const part = first === undefined ? {} : { [first[0]]: first[1] }
  const key = keyPath(object, document, record)
  const one = key === null ? null : `${path}/${key.path}`
  const filter =
    first === undefined ? 'filter=not(a[is]:NULL)' : `filter=${encodeURIComponent(`${first[0]}[is]:NULL`)}`
  return [
    ...(one === null ? [] : [{ method: 'GET', path: `${one}?depth=1`, isFound: key?.isKnown === true }]),
    { method: 'POST', path, body: {} },
    { method: 'POST', path, body: values },
    { method: 'POST', path: `${path}?upsert=true`, body: part },
    { method: 'POST', path: `/rest/batch/${encodeURIComponent(object.namePlural)}`, body: [{}, part] },
    {
      method: 'POST',
      path: `/rest/batch/${encodeURIComponent(object.namePlural)}?upsert=true`,
      body: [part, values],
    },
    ...(one === null
      ? []
      : [
          { method: 'PATCH', path: one, body: {} },
          { method: 'PATCH', path: one, body: part },
        ]),
    { method: 'PATCH', path: `${path}?${filter}`, body: part },
    {
      method: 'GET',
      path: `${path}/groupBy?group_by=${encodeURIComponent(JSON.stringify([{ [first?.[0] ?? 'id']: true }]))}`,
    },
    ...(one === null
      ? []
      : [
          { method: 'DELETE', path: `${one}?soft_delete=true` },
          { method: 'PATCH', path: `/rest/restore/${encodeURIComponent(object.namePlural)}/${key?.path}` },
          { method: 'DELETE', path: one },
        ]),
    { method: 'DELETE', path: `${path}?${filter}` },
  ]
}
