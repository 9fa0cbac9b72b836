// Column types that store an empty text as it is. An empty input of any other type has no value: Postgres
// refuses '' as an interval or a range, and reads it as zero for money.

import type { Field } from '../model/object.ts'

/** The types of Postgres, and three of its extensions. */
const HOLD_EMPTY_TEXT: ReadonlySet<string> = new Set([
  'text',
  'varchar',
  'bpchar',
  'char',
  'name',
  'refcursor',
  'int2vector',
  'oidvector',
  'tsquery',
  'tsvector',
  'varbit',
  'xml',
  'citext',
  'hstore',
  'ltree',
])

/** The value of an input with this text. */
export const textOrNull = ({ columnType }: Pick<Field, 'columnType'>, text: string): string | null =>
  text !== '' || HOLD_EMPTY_TEXT.has(columnType ?? '') ? text : null
