// The bootstrap SQL of a workspace's schema: functions and the enum type that all its objects share. Each
// schema has its own copies, so that it can be dumped, moved to another server or dropped by itself.

import { readFileSync } from 'node:fs'
import { escapeLiteral } from 'pg'
import { inWorkspace } from '../../../sql/placeholder.ts'
import { ACTOR_SOURCE_TYPE, ACTOR_SOURCES } from '../compositeType.ts'
import { SEARCH_PHONES_FUNCTION, SEARCH_TEXT_FUNCTION } from './search.ts'
import { createEnum } from './statement.ts'

const UUIDV7_SQL = readFileSync(new URL('../../../sql/uuidv7.sql', import.meta.url), 'utf8')

export interface ServerFeatures {
  /** Postgres 18 and later have `uuidv7()`. */
  readonly hasUuidv7: boolean
}

/**
 * Postgres refuses vectors of more than 1 MB; indexing text beyond this is not worth an insert that fails.
 */
const SEARCHED_CHARACTERS = 100_000

/** E.164 allows 15; extensions follow. */
const PHONE_DIGITS = 30
/** Parts of a phone number that a search finds. */
const SHORTEST_PART = 4

/** Letters that do not decompose into a base letter and an accent. */
const FOLDED = { from: 'øØłŁđĐðÐħĦıŧŦ', to: 'oOlLdDdDhHitT' }

/** The call that generates an id, for column defaults. */
export const uuidFunctionOf = (server: ServerFeatures): string =>
  server.hasUuidv7 ? 'uuidv7()' : `${inWorkspace('uuidv7')}()`

/** The control schema's function under another name. */
const createUuidv7 = (): readonly string[] => [
  UUIDV7_SQL.replace('tenantry.uuidv7', inWorkspace('uuidv7')).replace(/;\s*$/, ''),
  `comment on function ${inWorkspace('uuidv7')}() is 'A UUID of version 7; Postgres 18 has its own'`,
]

/**
 * In PL/pgSQL: Postgres plans the expression of a generated column for every statement that writes, with the
 * body of each SQL function in it, which was a third of the cost of a small insert. Names are qualified,
 * because the search path is the caller's. The cost is that of the operators. Workspaces of earlier versions
 * have the function in SQL.
 */
export const createSearchText = (): readonly string[] => [
  // Pure ASCII, the usual case, has nothing to fold; in encodings other than UTF-8 nothing is folded.
  `create or replace function ${inWorkspace(SEARCH_TEXT_FUNCTION)}(value text) returns text
language plpgsql immutable strict parallel safe cost 11 as $body$ begin
return case when pg_catalog.octet_length(value) operator(pg_catalog.=) pg_catalog.char_length(value)
then pg_catalog.left(value, ${SEARCHED_CHARACTERS})
else pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.translate(
  pg_catalog.regexp_replace(pg_catalog.normalize(pg_catalog.left(value, ${SEARCHED_CHARACTERS}), 'NFKD'),
    e'[\\\\u0300-\\\\u036f]+', '', 'g'),
  '${FOLDED.from}', '${FOLDED.to}'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') end;
end $body$`,
  `comment on function ${inWorkspace(SEARCH_TEXT_FUNCTION)}(text) is ${escapeLiteral('Text without accents, as search vectors hold it and searched words must have it')}`,
]

/**
 * Every suffix of a phone number from its calling code on, down to four digits: a prefix of a suffix is any
 * part of the number, and prefixes are what a search matches. A workspace of an earlier version may have the
 * function already.
 */
export const createSearchPhones = (): readonly string[] => [
  `create or replace function ${inWorkspace(SEARCH_PHONES_FUNCTION)}(calling_code text, number text, additional jsonb) returns text
language sql immutable parallel safe
return (select string_agg(substr(p.digits, n), ' ' order by n) from (
  select left(regexp_replace(coalesce(calling_code, '') || nullif(number, ''), '[^0-9]+', '', 'g'), ${PHONE_DIGITS}) as digits
  union all
  select left(regexp_replace(coalesce(a.phone ->> 'callingCode', '') || nullif(a.phone ->> 'number', ''), '[^0-9]+', '', 'g'), ${PHONE_DIGITS})
  from jsonb_array_elements(case jsonb_typeof(additional) when 'array' then additional else '[]' end) a (phone)
) p, generate_series(1, greatest(length(p.digits) - ${SHORTEST_PART - 1}, 1)) n where p.digits <> '')`,
  `comment on function ${inWorkspace(SEARCH_PHONES_FUNCTION)}(text, text, jsonb) is ${escapeLiteral('Phone numbers as search vectors hold them: their digits, from each digit on')}`,
]

export const createFoundation = (server: ServerFeatures): readonly string[] => [
  ...(server.hasUuidv7 ? [] : createUuidv7()),
  ...createSearchText(),
  ...createSearchPhones(),
  ...createEnum({
    name: ACTOR_SOURCE_TYPE,
    labels: ACTOR_SOURCES,
    comment: 'What a record was written through',
  }),
]
