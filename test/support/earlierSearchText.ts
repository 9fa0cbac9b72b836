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

/** Gives the functions of a new workspace the names that they had. */
export const earlierSearchNames = (schemaName: string): string =>
  (['search_text', 'search_phones'] as const)
    .map((name) => {
      const renamed = quoteIdentifier(ownFunctionIn(schemaName, name))
      return `alter function ${quoteIdentifier(schemaName)}.${renamed} rename to ${name}`
    })
    .join('; ')

/** And the one of searched text its body. */
export const earlierSearchFunctions = (schemaName: string): string =>
  `${earlierSearchNames(schemaName)}; ${earlierSearchText(quoteIdentifier(schemaName))}`
