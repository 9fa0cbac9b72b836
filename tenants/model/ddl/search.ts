// The expression of an object's search vector. Postgres demands an immutable expression, so accents are
// folded by the workspace's own `search_text` function (bootstrap.ts): the unaccent extension is neither
// immutable nor always available. Queries fold their words with the same function and search prefixes
// (`word:*`), for which the "simple" configuration keeps words as they are.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { Refusal } from '../../refusal.ts'
import type { FieldDefinition } from '../definition.ts'
import { toSnakeCase } from '../name.ts'
import type { CompositeType, ScalarType } from '../storage.ts'

export const SEARCH_TEXT_FUNCTION = 'search_text'
export const SEARCH_PHONES_FUNCTION = 'search_phones'

/**
 * How a column's text is searched: as words, or as an address whose parts between punctuation count as words
 * too.
 */
type Wording = 'words' | 'address'

/** Searchable types: the suffix of each column's name, and how the column is searched. */
const SEARCHED: Readonly<
  Partial<Record<ScalarType | CompositeType, readonly (readonly [suffix: string, Wording])[]>>
> = {
  TEXT: [['', 'words']],
  FULL_NAME: [
    ['_first_name', 'words'],
    ['_last_name', 'words'],
  ],
  EMAILS: [
    ['_primary_email', 'address'],
    ['_additional_emails', 'address'],
  ],
  LINKS: [
    ['_primary_link_label', 'words'],
    ['_primary_link_url', 'address'],
  ],
  ADDRESS: [
    ['_street1', 'words'],
    ['_street2', 'words'],
    ['_city', 'words'],
    ['_postcode', 'words'],
    ['_state', 'words'],
    ['_country', 'words'],
  ],
  RICH_TEXT: [['_markdown', 'words']],
}

/** Punctuation at which addresses are split; the parser of Postgres keeps them whole. */
const SEPARATORS = '@./:?&=_-'

const columnSql = (column: string, wording: Wording): string => {
  const value = quoteIdentifier(column)
  if (wording === 'words') return `coalesce(${inWorkspace(SEARCH_TEXT_FUNCTION)}(${value}), '')`
  const text = `${inWorkspace(SEARCH_TEXT_FUNCTION)}(${value}${column.endsWith('_additional_emails') ? '::text' : ''})`
  return `coalesce(${text} || ' ' || translate(${text}, '${SEPARATORS}', '${' '.repeat(SEPARATORS.length)}'), '')`
}

/** Phone numbers are searched by their digits. */
const phonesSql = (stem: string): string => {
  const columns = ['_primary_phone_calling_code', '_primary_phone_number', '_additional_phones']
  const values = columns.map((suffix) => quoteIdentifier(stem + suffix)).join(', ')
  return `coalesce(${inWorkspace(SEARCH_PHONES_FUNCTION)}(${values}), '')`
}

const fieldSql = (field: FieldDefinition): readonly string[] => {
  if (field.type === 'PHONES') return [phonesSql(toSnakeCase(field.name))]
  const columns = 'relation' in field ? undefined : SEARCHED[field.type]
  if (columns === undefined)
    throw new Refusal('INVALID_INPUT', `Field "${field.name}" of type ${field.type} cannot be searched.`)
  return columns.map(([suffix, wording]) => columnSql(toSnakeCase(field.name) + suffix, wording))
}

/** The expression of `search_vector`; empty for an object without searchable fields. */
export const searchVectorSql = (fields: readonly FieldDefinition[]): string => {
  const texts = fields.flatMap(fieldSql)
  if (texts.length === 0) return "''::tsvector"
  return `to_tsvector('pg_catalog.simple', ${texts.join(" || ' ' || ")})`
}
