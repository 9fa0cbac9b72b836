// The bootstrap SQL of a workspace's schema: functions and the enum type that all its objects share. Each
// schema has its own copies, so that it can be dumped, moved to another server or dropped by itself.

import { readFileSync } from 'node:fs'
import { escapeLiteral } from 'pg'
import { type OwnFunction, ownFunction } from '../../../sql/placeholder.ts'
import { ACTOR_SOURCE_TYPE, ACTOR_SOURCES } from '../compositeType.ts'
import { foldedText, SEARCHED_CHARACTERS } from './search.ts'
import { createEnum } from './statement.ts'

const UUIDV7_SQL = readFileSync(new URL('../../../sql/uuidv7.sql', import.meta.url), 'utf8')

export interface ServerFeatures {
  /** Postgres 18 and later have `uuidv7()`. */
  readonly hasUuidv7: boolean
}

/** E.164 allows 15; extensions follow. */
const PHONE_DIGITS = 30
/** Parts of a phone number that a search finds. */
const SHORTEST_PART = 4

/** The call that generates an id, for column defaults. */
export const uuidFunctionOf = (server: ServerFeatures): string =>
  server.hasUuidv7 ? 'uuidv7()' : `${ownFunction('uuidv7')}()`

/** The control schema's function under another name. */
const createUuidv7 = (): readonly string[] => [
  UUIDV7_SQL.replace('tenantry.uuidv7', ownFunction('uuidv7')).replace(/;\s*$/, ''),
  `comment on function ${ownFunction('uuidv7')}() is 'A UUID of version 7; Postgres 18 has its own'`,
]

/**
 * Bytes of a record's searched text. A vector holds 1 MB, and needs up to three and a half bytes for a byte
 * of text: of "abc-def" the parser of Postgres keeps the whole and both parts.
 */
const SEARCHED_BYTES = 250_000

/** Punctuation at which addresses are split; the parser of Postgres keeps them whole. */
const SEPARATORS = '@./:?&=_-'

const joined = (values: string): string => `pg_catalog.array_to_string(${values}, ' ')`

/** All searched text of a record: its addresses, as a whole and by their parts, then its words. */
const searchedText = (words: string, addresses: string): string =>
  `pg_catalog.concat_ws(' ', ${addresses},
    pg_catalog.translate(${addresses}, '${SEPARATORS}', '${' '.repeat(SEPARATORS.length)}'), ${words})`

const firstOfEach = (values: string): string =>
  `array(select pg_catalog.left(v, ${SEARCHED_CHARACTERS}) from pg_catalog.unnest(${values}) v)`

/**
 * The search vector of a record, from its columns of words and its columns of addresses. One call for
 * all of them, because Postgres parses the stored expression of a generated column for every statement that
 * writes: half the cost of a small insert, with a call for each column. In PL/pgSQL, since the body of an SQL
 * function would be planned each time as well. ASCII, the usual case, has nothing to fold. A character has at
 * least a byte, so folding as many characters as bytes are searched is enough.
 */
const createSearchVector = (): readonly string[] => [
  `create or replace function ${ownFunction('search_vector')}(words text[], addresses text[]) returns tsvector
language plpgsql immutable strict parallel safe as $body$
declare
  value pg_catalog.text := ${searchedText(joined('words'), joined('addresses'))};
begin
  if pg_catalog.octet_length(value) operator(pg_catalog.<=) ${SEARCHED_CHARACTERS}
    and pg_catalog.octet_length(value) operator(pg_catalog.=) pg_catalog.char_length(value) then
    return pg_catalog.to_tsvector('pg_catalog.simple', value);
  end if;
  if pg_catalog.char_length(value) operator(pg_catalog.>) ${SEARCHED_CHARACTERS} then
    words := ${firstOfEach('words')};
    addresses := ${firstOfEach('addresses')};
  end if;
  value := ${joined('addresses')};
  value := ${foldedText('value', SEARCHED_BYTES)};
  value := ${searchedText(foldedText(joined('words'), SEARCHED_BYTES), 'value')};
  while pg_catalog.octet_length(value) operator(pg_catalog.>) ${SEARCHED_BYTES} loop
    value := pg_catalog.left(value, (${SEARCHED_BYTES}::pg_catalog.int8 operator(pg_catalog.*) pg_catalog.char_length(value)
      operator(pg_catalog./) pg_catalog.octet_length(value))::pg_catalog.int4);
  end loop;
  return pg_catalog.to_tsvector('pg_catalog.simple', value);
end $body$`,
  `comment on function ${ownFunction('search_vector')}(text[], text[]) is ${escapeLiteral('Search vector of words and addresses, without accents')}`,
]

const digitsOf = (callingCode: string, number: string): string =>
  `case when ${number} operator(pg_catalog.<>) '' then pg_catalog.left(pg_catalog.regexp_replace(
    coalesce(${callingCode}, '') operator(pg_catalog.||) (${number}), '[^0-9]+', '', 'g'), ${PHONE_DIGITS}) end`

/**
 * Every suffix of a phone number from its calling code on, down to four digits: a prefix of a suffix is any
 * part of the number, and prefixes are what a search matches. Most records have no number, or one.
 */
const createSearchPhones = (): readonly string[] => [
  `create or replace function ${ownFunction('search_phones')}(calling_code text, number text, additional jsonb) returns text
language plpgsql immutable parallel safe as $body$ begin
if coalesce(number, '') operator(pg_catalog.=) '' and coalesce(additional, '[]') operator(pg_catalog.=) '[]' then
  return null;
end if;
return (select pg_catalog.string_agg(pg_catalog.substr(p.digits, n), ' ' order by n) from (
  select ${digitsOf('calling_code', 'number')} as digits
  union all
  select ${digitsOf("a.phone operator(pg_catalog.->>) 'callingCode'", "a.phone operator(pg_catalog.->>) 'number'")}
  from pg_catalog.jsonb_array_elements(
    case when pg_catalog.jsonb_typeof(additional) operator(pg_catalog.=) 'array' then additional else '[]' end) a (phone)
) p, pg_catalog.generate_series(1, greatest(pg_catalog.length(p.digits) operator(pg_catalog.-) ${SHORTEST_PART - 1}, 1)) n
where p.digits operator(pg_catalog.<>) '');
end $body$`,
  `comment on function ${ownFunction('search_phones')}(text, text, jsonb) is ${escapeLiteral('Phone numbers as search vectors hold them: their digits, from each digit on')}`,
]

/** Statements that create a function of ours, with the schema placeholder. */
export const CREATE_FUNCTION = {
  search_vector: createSearchVector,
  search_phones: createSearchPhones,
  uuidv7: createUuidv7,
} as const satisfies Partial<Record<OwnFunction, () => readonly string[]>>

export const createFoundation = (server: ServerFeatures): readonly string[] => [
  ...(server.hasUuidv7 ? [] : createUuidv7()),
  ...createSearchVector(),
  ...createSearchPhones(),
  ...createEnum({
    name: ACTOR_SOURCE_TYPE,
    labels: ACTOR_SOURCES,
    comment: 'What a record was written through',
  }),
]
