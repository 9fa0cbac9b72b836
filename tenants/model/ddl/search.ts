// The expression of an object's search vector: one call of the workspace's own `search_vector` function
// (bootstrap.ts). Postgres demands an immutable expression, so the function folds accents itself: the
// unaccent extension is neither immutable nor always available. Queries fold their words with the same
// expression and search prefixes (`word:*`), for which the "simple" configuration keeps words as they are.

import { ownFunction, quoteIdentifier } from '../../../sql/placeholder.ts'
import { Refusal } from '../../refusal.ts'
import { COMPOSITES, isComposite } from '../compositeType.ts'
import type { FieldDefinition } from '../definition.ts'
import { toSnakeCase } from '../name.ts'
import { isScalar, SCALARS, type Wording } from '../scalarType.ts'

/**
 * Of one value. Postgres refuses vectors of more than 1 MB; indexing text beyond this is not worth an insert
 * that fails.
 */
export const SEARCHED_CHARACTERS = 100_000

/** Letters that do not decompose into a base letter and an accent. */
const FOLDED = { from: 'øØłŁđĐðÐħĦıŧŦ', to: 'oOlLdDdDhHitT' }

/**
 * Text without accents, as search vectors contain it and searched words must have it. Pure ASCII, the usual
 * case, has nothing to fold; in encodings other than UTF-8 nothing is folded. Names are qualified, because
 * the search path is the caller's.
 * @param text SQL of type text, which is evaluated three times
 * @param most characters; the text beyond is left out
 */
export const foldedText = (text: string, most = SEARCHED_CHARACTERS): string =>
  `case when pg_catalog.octet_length(${text}) operator(pg_catalog.=) pg_catalog.char_length(${text})
then pg_catalog.left(${text}, ${most})
else pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.translate(
  pg_catalog.regexp_replace(pg_catalog.normalize(pg_catalog.left(${text}, ${most}), 'NFKD'),
    e'[\\\\u0300-\\\\u036f]+', '', 'g'),
  '${FOLDED.from}', '${FOLDED.to}'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') end`

/** Phone numbers are searched by their digits. */
const phonesSql = (stem: string): string => {
  const columns = ['_primary_phone_calling_code', '_primary_phone_number', '_additional_phones']
  const values = columns.map((suffix) => quoteIdentifier(stem + suffix)).join(', ')
  return `${ownFunction('search_phones')}(${values})`
}

export const isSearchedByDigits = (type: string): boolean =>
  isComposite(type) && COMPOSITES[type].parts.some(({ search }) => search === 'digits')

/** A searched value: SQL of type text, and how its text is searched. */
interface Searched {
  readonly sql: string
  readonly isAddress: boolean
}

const searchedColumn = (column: string, type: string, wording: Wording): Searched => ({
  sql: quoteIdentifier(column) + (type === 'jsonb' ? '::text' : ''),
  isAddress: wording === 'address',
})

const searchedOf = ({ name, type }: FieldDefinition): readonly Searched[] => {
  const stem = toSnakeCase(name)
  if (isSearchedByDigits(type)) return [{ sql: phonesSql(stem), isAddress: false }]
  const search = isScalar(type) ? SCALARS[type].search : undefined
  if (search !== undefined) return [searchedColumn(stem, 'text', search)]
  const columns = (isComposite(type) ? COMPOSITES[type].parts : []).flatMap((part) =>
    part.search === undefined ? [] : [searchedColumn(`${stem}_${part.suffix}`, part.sql, part.search)],
  )
  if (columns.length === 0)
    throw new Refusal('INVALID_INPUT', `Field "${name}" of type ${type} cannot be searched.`)
  return columns
}

/** The expression of `search_vector`; empty for an object without searchable fields. */
export const searchVectorSql = (fields: readonly FieldDefinition[]): string => {
  const searched = fields.flatMap(searchedOf)
  if (searched.length === 0) return "''::tsvector"
  const array = (isAddress: boolean): string => {
    const values = searched.filter((each) => each.isAddress === isAddress)
    return values.length === 0 ? "'{}'" : `array[${values.map(({ sql }) => sql).join(', ')}]`
  }
  return `${ownFunction('search_vector')}(${array(false)}, ${array(true)})`
}
