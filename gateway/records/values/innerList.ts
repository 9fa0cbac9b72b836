// Lists inside a list. Postgres does not enforce the declared dimensions of an array, so a `text[]` may have
// several. REST returns the inner lists as lists; a [String] of GraphQL contains only texts, so an inner list
// reads there as its JSON text, which an ordinary text of the list may equal. From a column and SQL of its
// type to SQL that compares lists by what an answer shows of them.

import type { Column } from '../../../tenants/model/model.ts'

const TEXTS = 'pg_catalog.text[]'

/** Types whose text is never JSON of a list, so that such a text can only be an inner list. */
const NEVER_JSON_LIST = new Set([
  'int2',
  'int4',
  'int8',
  'float4',
  'float8',
  'numeric',
  'bool',
  'uuid',
  'date',
  'timestamp',
  'timestamptz',
  'time',
  'timetz',
  'interval',
  'money',
  'bit',
  'varbit',
  'inet',
  'cidr',
  'macaddr',
  'macaddr8',
  'oid',
  'xid8',
  'bytea',
  'pg_lsn',
  'point',
  'line',
  'lseg',
  'box',
  'path',
  'polygon',
  'circle',
  'tsquery',
  'tsvector',
  'jsonpath',
  'char',
  'xid',
  'cid',
  'tid',
  'regclass',
  'regtype',
  'regproc',
  'regprocedure',
  'regrole',
  'regnamespace',
])

/** The list in a JSON text; undefined if the text is not a JSON list. */
export const jsonList = (text: string): readonly unknown[] | undefined => {
  if (!text.startsWith('[')) return undefined
  try {
    const inner: unknown = JSON.parse(text)
    return Array.isArray(inner) ? inner : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether an item that is JSON of a list may be an ordinary text of the column; only the stored value decides
 * then. Labels are known.
 */
export const mayBeJsonList = ({ type }: Column): boolean =>
  type.enum === null && type.family === undefined && !NEVER_JSON_LIST.has(type.name)

const looksLikeRange = (item: unknown): boolean =>
  item === null || Array.isArray(item) || (typeof item === 'string' && /^([[(]|empty$)/.test(item))

/**
 * The inner list that an item in GraphQL's spelling stands for; undefined for other items. A range may be
 * JSON of a list too, whose items are its bounds.
 */
export const innerListOf = (item: string, column: Column): readonly unknown[] | undefined => {
  if (mayBeJsonList(column)) return undefined
  const list = jsonList(item)
  return list === undefined || (column.type.family === 'range' && !list.every(looksLikeRange))
    ? undefined
    : list
}

const hasInnerLists = (sql: string): string => `pg_catalog.array_ndims(${sql}) > 1`

/**
 * The inner lists of a stored list as JSON texts.
 * @param spelling SQL of such a text's spelling in the column
 */
const innerLists = (sql: string, spelling = ''): string =>
  `array(select item.value${spelling}::pg_catalog.text from pg_catalog.json_array_elements(pg_catalog.to_json(${sql}::${TEXTS})) item (value))`

/**
 * Whether a stored list contains one of the texts as an inner list.
 * @param texts SQL of a text[]
 */
export const holdsInnerList = (stored: string, texts: string): string =>
  `(${hasInnerLists(stored)} and ${innerLists(stored)} operator(pg_catalog.&&) ${texts})`

interface ListComparison {
  /**
   * Whether an answer shows both alike: arrays may also start at another index than 1. Null if one of them is
   * null.
   */
  readonly isAlike: string
  /** Whether the given list has one dimension and repeats an inner list of the stored one. */
  readonly repeatsInner: string
}

/**
 * @param stored
 * @param given SQL of the column's type
 */
export const compareLists = ({ type }: Column, stored: string, given: string): ListComparison => {
  const inner = innerLists(stored, type.name === 'jsonb' ? '::pg_catalog.jsonb' : '')
  const texts = `${given}::${TEXTS}`
  const json = (sql: string): string => `pg_catalog.to_json(${sql}::${TEXTS})::pg_catalog.text`
  return {
    isAlike: `(${json(stored)} = ${json(given)} or (${hasInnerLists(stored)} and ${inner} = ${texts}))`,
    repeatsInner: `(${hasInnerLists(stored)} and pg_catalog.array_ndims(${given}) = 1 and ${inner} operator(pg_catalog.&&) ${texts})`,
  }
}
