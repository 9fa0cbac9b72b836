// The function of searched text as earlier versions made it.

/** @param schema quoted */
export const earlierSearchText = (
  schema: string,
  name = 'search_text',
): string => String.raw`create or replace function ${schema}.${name}(value text) returns text language sql immutable parallel safe
return case when octet_length(value) = char_length(value) then left(value, 100000)
else replace(replace(replace(translate(
  regexp_replace(normalize(left(value, 100000), nfkd), '[\u0300-\u036f]+', '', 'g'),
  'øØłŁđĐðÐħĦıŧŦ', 'oOlLdDdDhHitT'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') end`
