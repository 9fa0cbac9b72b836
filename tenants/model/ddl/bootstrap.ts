// The bootstrap SQL of a workspace's schema: functions and the enum type that all its objects share. Each
// schema has its own copies, so that it can be dumped, moved to another server or dropped by itself.

import { readFileSync } from 'node:fs'
import { escapeLiteral } from 'pg'
import { type OwnFunction, ownFunction } from '../../../sql/placeholder.ts'
import { ACTOR_SOURCE_TYPE, ACTOR_SOURCES } from '../compositeType.ts'
import { foldedText } from './search.ts'
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
 * In PL/pgSQL: Postgres plans the expression of a generated column for every statement that writes, with the
 * body of each SQL function in it, which was a third of the cost of a small insert. The cost is that of the
 * operators. Workspaces of earlier versions have the function in SQL.
 * @param name qualified; of earlier versions another one
 */
export const createSearchText = (name = ownFunction('search_text')): readonly string[] => [
  `create or replace function ${name}(value text) returns text
language plpgsql immutable strict parallel safe cost 11 as $body$ begin
return ${foldedText('value')};
end $body$`,
  `comment on function ${name}(text) is ${escapeLiteral('Text without accents, as search vectors hold it and searched words must have it')}`,
]

/**
 * Every suffix of a phone number from its calling code on, down to four digits: a prefix of a suffix is any
 * part of the number, and prefixes are what a search matches.
 */
const createSearchPhones = (): readonly string[] => [
  `create or replace function ${ownFunction('search_phones')}(calling_code text, number text, additional jsonb) returns text
language sql immutable parallel safe
return (select string_agg(substr(p.digits, n), ' ' order by n) from (
  select left(regexp_replace(coalesce(calling_code, '') || nullif(number, ''), '[^0-9]+', '', 'g'), ${PHONE_DIGITS}) as digits
  union all
  select left(regexp_replace(coalesce(a.phone ->> 'callingCode', '') || nullif(a.phone ->> 'number', ''), '[^0-9]+', '', 'g'), ${PHONE_DIGITS})
  from jsonb_array_elements(case jsonb_typeof(additional) when 'array' then additional else '[]' end) a (phone)
) p, generate_series(1, greatest(length(p.digits) - ${SHORTEST_PART - 1}, 1)) n where p.digits <> '')`,
  `comment on function ${ownFunction('search_phones')}(text, text, jsonb) is ${escapeLiteral('Phone numbers as search vectors hold them: their digits, from each digit on')}`,
]

/** Statements that create a function of ours, with the schema placeholder. */
export const CREATE_FUNCTION = {
  search_text: createSearchText,
  search_phones: createSearchPhones,
  uuidv7: createUuidv7,
} as const satisfies Partial<Record<OwnFunction, () => readonly string[]>>

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
