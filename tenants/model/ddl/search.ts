// The expression of an object's search vector. Postgres demands an immutable expression, so accents are
// folded by the workspace's own `search_text` function (bootstrap.ts): the unaccent extension is neither
// immutable nor always available. Queries fold their words with the function's expression and search prefixes
// (`word:*`), for which the "simple" configuration keeps words as they are.

import { ownFunction, quoteIdentifier } from '../../../sql/placeholder.ts'
import { Refusal } from '../../refusal.ts'
import { COMPOSITES, isComposite } from '../compositeType.ts'
import type { FieldDefinition } from '../definition.ts'
import { toSnakeCase } from '../name.ts'
import { isScalar, SCALARS, type Wording } from '../scalarType.ts'

/**
 * Postgres refuses vectors of more than 1 MB; indexing text beyond this is not worth an insert that fails.
 */
const SEARCHED_CHARACTERS = 100_000

/** Letters that do not decompose into a base letter and an accent. */
const FOLDED = { from: 'øØłŁđĐðÐħĦıŧŦ', to: 'oOlLdDdDhHitT' }

/**
 * Text without accents, as search vectors contain it and searched words must have it. Pure ASCII, the usual
 * case, has nothing to fold; in encodings other than UTF-8 nothing is folded. Names are qualified, because
 * the search path is the caller's.
 * @param text SQL of type text, which is evaluated three times
 */
export const foldedText = (text: string): string =>
  `case when pg_catalog.octet_length(${text}) operator(pg_catalog.=) pg_catalog.char_length(${text})
then pg_catalog.left(${text}, ${SEARCHED_CHARACTERS})
else pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.translate(
  pg_catalog.regexp_replace(pg_catalog.normalize(pg_catalog.left(${text}, ${SEARCHED_CHARACTERS}), 'NFKD'),
    e'[\\\\u0300-\\\\u036f]+', '', 'g'),
  '${FOLDED.from}', '${FOLDED.to}'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') end`

/** Punctuation at which addresses are split; the parser of Postgres keeps them whole. */
const SEPARATORS = '@./:?&=_-'

const columnSql = (column: string, sql: string, wording: Wording): string => {
  const value = quoteIdentifier(column)
  if (wording === 'words') return `coalesce(${ownFunction('search_text')}(${value}), '')`
  const text = `${ownFunction('search_text')}(${value}${sql === 'jsonb' ? '::text' : ''})`
  return `coalesce(${text} || ' ' || translate(${text}, '${SEPARATORS}', '${' '.repeat(SEPARATORS.length)}'), '')`
}

/** Phone numbers are searched by their digits. */
const phonesSql = (stem: string): string => {
  const columns = ['_primary_phone_calling_code', '_primary_phone_number', '_additional_phones']
  const values = columns.map((suffix) => quoteIdentifier(stem + suffix)).join(', ')
  return `coalesce(${ownFunction('search_phones')}(${values}), '')`
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
