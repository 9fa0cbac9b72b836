// The functions of search vectors as earlier versions made them.

import { ownFunctionIn, quoteIdentifier } from '../../sql/placeholder.ts'

/** @param schema quoted */
export const earlierSearchText = (
  schema: string,
  name = 'search_text',
): string => String.raw`create or replace function ${schema}.${name}(value text) returns text language sql immutable parallel safe
return case when octet_length(value) = char_length(value) then left(value, 100000)
else replace(replace(replace(translate(
  regexp_replace(normalize(left(value, 100000), nfkd), '[\u0300-\u036f]+', '', 'g'),
  'øØłŁđĐðÐħĦıŧŦ', 'oOlLdDdDhHitT'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') end`

/** Gives the functions of a new workspace names without the schema, as they had. */
const earlierSearchNames = (schemaName: string): string =>
  (['search_vector', 'search_phones'] as const)
    .map((name) => {
      const renamed = quoteIdentifier(ownFunctionIn(schemaName, name))
      return `alter function ${quoteIdentifier(schemaName)}.${renamed} rename to ${name}`
    })
    .join('; ')

/** And the function that folds searched text. */
export const earlierSearchFunctions = (schemaName: string): string =>
  `${earlierSearchNames(schemaName)}; ${earlierSearchText(quoteIdentifier(schemaName))}`

/** A search vector as they made it, of columns that hold words. */
export const earlierVector = (schema: string, table: string, columns: readonly string[]): string =>
  `alter table ${schema}.${table} drop column search_vector;
  alter table ${schema}.${table} add column search_vector tsvector generated always as (to_tsvector('pg_catalog.simple',
    ${columns.map((column) => `coalesce(${schema}.search_text(${column}), '')`).join(" || ' ' || ")})) stored`
