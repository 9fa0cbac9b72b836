// The expression of an object's search vector. Postgres demands an immutable expression, so accents are
// folded by the workspace's own `search_text` function (bootstrap.ts): the unaccent extension is neither
// immutable nor always available. Queries fold their words with the same function and search prefixes
// (`word:*`), for which the "simple" configuration keeps words as they are.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { Refusal } from '../../refusal.ts'
import { COMPOSITES, isComposite } from '../compositeType.ts'
import type { FieldDefinition } from '../definition.ts'
import { toSnakeCase } from '../name.ts'
import { isScalar, SCALARS, type Wording } from '../scalarType.ts'

export const SEARCH_TEXT_FUNCTION = 'search_text'
export const SEARCH_PHONES_FUNCTION = 'search_phones'

/** Punctuation at which addresses are split; the parser of Postgres keeps them whole. */
const SEPARATORS = '@./:?&=_-'

const columnSql = (column: string, sql: string, wording: Wording): string => {
  const value = quoteIdentifier(column)
  if (wording === 'words') return `coalesce(${inWorkspace(SEARCH_TEXT_FUNCTION)}(${value}), '')`
  const text = `${inWorkspace(SEARCH_TEXT_FUNCTION)}(${value}${sql === 'jsonb' ? '::text' : ''})`
  return `coalesce(${text} || ' ' || translate(${text}, '${SEPARATORS}', '${' '.repeat(SEPARATORS.length)}'), '')`
}

/** Phone numbers are searched by their digits. */
const phonesSql = (stem: string): string => {
  const columns = ['_primary_phone_calling_code', '_primary_phone_number', '_additional_phones']
  const values = columns.map((suffix) => quoteIdentifier(stem + suffix)).join(', ')
  return `coalesce(${inWorkspace(SEARCH_PHONES_FUNCTION)}(${values}), '')`
}

export const isSearchedByDigits = (type: string): boolean =>
  isComposite(type) && COMPOSITES[type].parts.some(({ search }) => search === 'digits')

const fieldSql = (field: FieldDefinition): readonly string[] => {
  const { name, type } = field
  const stem = toSnakeCase(name)
  if (isSearchedByDigits(type)) return [phonesSql(stem)]
  const search = isScalar(type) ? SCALARS[type].search : undefined
  if (search !== undefined) return [columnSql(stem, 'text', search)]
  const columns = (isComposite(type) ? COMPOSITES[type].parts : []).flatMap((part) =>
    part.search === undefined ? [] : [columnSql(`${stem}_${part.suffix}`, part.sql, part.search)],
  )
  if (columns.length === 0)
    throw new Refusal('INVALID_INPUT', `Field "${name}" of type ${type} cannot be searched.`)
  return columns
}

/** The expression of `search_vector`; empty for an object without searchable fields. */
export const searchVectorSql = (fields: readonly FieldDefinition[]): string => {
  const texts = fields.flatMap(fieldSql)
  if (texts.length === 0) return "''::tsvector"
  return `to_tsvector('pg_catalog.simple', ${texts.join(" || ' ' || ")})`
}
