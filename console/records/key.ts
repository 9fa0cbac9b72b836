// The key of an object: the fields that identify a record in a path. Objects of the model have `id`; a table
// created with SQL can have any key. It is found by asking for single fields: every answer includes the key.

import { useQuery } from '@tanstack/react-query'
import type { Api } from '../api/api.ts'
import { isRecord } from '../api/json.ts'
import type { ModelObject } from '../model/object.ts'
import { useApi } from '../session/provider.tsx'
import { quote } from './filter.ts'
import { RECORDS_KEY } from './page.ts'
import type { Row } from './value.ts'
import { NEW } from './view.ts'

/** All records may be in the trash. */
const namesAnswered = async (api: Api, object: ModelObject, field: string): Promise<readonly string[]> => {
  const hasTrash = object.fieldsList.some(({ name }) => name === 'deletedAt')
  for (const where of ['', ...(hasTrash ? ['&filter=deletedAt[is]:NOT_NULL'] : [])]) {
    const body = await api.records<{ readonly data: Row }>(
      `/rest/${object.namePlural}?limit=1&fields=${encodeURIComponent(field)}${where}`,
    )
    const rows = body.data[object.namePlural]
    const [row] = Array.isArray(rows) ? rows : []
    if (isRecord(row)) return Object.keys(row)
  }
  return []
}

const findKey = async (api: Api, object: ModelObject): Promise<readonly string[]> => {
  const other = object.fieldsList.find(
    ({ name, relation, morphRelations }) => name !== 'id' && relation === null && morphRelations === null,
  )
  if (object.fieldsList.some(({ name, isUnique }) => name === 'id' && isUnique === true)) {
    if (other === undefined) return ['id']
    // In a table created with SQL, a unique `id` may stand beside another key.
    const names = await namesAnswered(api, object, other.name)
    if (names.length === 0 || names.includes('id')) return ['id']
  }
  const [first, second] = object.fieldsList.filter(
    ({ relation, morphRelations }) => relation === null && morphRelations === null,
  )
  if (first === undefined) return []
  // A single field is in the answer either way; a key is unique.
  if (second === undefined) return first.isUnique === true ? [first.name] : []
  const withFirst = await namesAnswered(api, object, first.name)
  const withSecond = await namesAnswered(api, object, second.name)
  return withFirst.filter((name) => withSecond.includes(name))
}

/** Names of the key fields; empty if records cannot be identified. */
export const useKey = (object: ModelObject | undefined) => {
  const api = useApi()
  return useQuery({
    queryKey: [RECORDS_KEY, object?.namePlural, 'key'],
    enabled: object !== undefined,
    queryFn: () => (object === undefined ? [] : findKey(api, object)),
  })
}

/**
 * The only field of the key. Undefined while it loads, for composite keys, and without a key.
 */
export const useSoleKey = (object: ModelObject | undefined): string | undefined => {
  const names = useKey(object).data
  return names?.length === 1 ? names[0] : undefined
}

/**
 * A value of a key for a path segment: of a list, its JSON. The page's address has the word `new` for a
 * record that does not exist yet, so a key of this text is escaped.
 */
export const segmentOf = (value: unknown): string => {
  const text = Array.isArray(value) || isRecord(value) ? JSON.stringify(value) : String(value ?? '')
  return text === NEW ? `%${NEW.charCodeAt(0).toString(16)}${NEW.slice(1)}` : encodeURIComponent(text)
}

/** The record's key as a path segment; null without a key. */
export const keyOf = (row: Row, names: readonly string[]): string | null =>
  names.length === 0 ? null : names.map((name) => segmentOf(row[name])).join(',')

/** Conditions of a filter on the fields of a key. */
export const keyConditions = (key: string, names: readonly string[]): readonly string[] => {
  const values = names.length === 1 ? [key] : key.split(',')
  return names.map((name, index) => `${name}[eq]:${quote(decodeURIComponent(values[index] ?? ''))}`)
}

export const pathOf = (object: ModelObject, key: string): string => `/rest/${object.namePlural}/${key}`
