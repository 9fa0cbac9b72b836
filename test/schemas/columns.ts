// Columns of every type and modifier, with a value that each would take.

import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { NameMaker } from './names.ts'
import type { Random } from './random.ts'

export interface ColumnSql {
  readonly name: string
  /** Type and modifiers, as they stand behind the name. */
  readonly definition: string
  readonly type: string
  /** Whether an index of kind btree can hold it. */
  readonly isIndexable: boolean
  /** Whether `insert` may name it. */
  readonly isWritable: boolean
}

/** Each with a literal of a value. */
export const TYPES: readonly (readonly [type: string, literal: string, isIndexable?: false])[] = [
  ['int', '1'],
  ['smallint', '1'],
  ['bigint', '9007199254740993'],
  ['numeric', '1.5'],
  ['numeric(40,20)', '1'],
  ['numeric(5,-2)', '100'],
  ['real', '0.1'],
  ['double precision', "'NaN'"],
  ['money', "'1.50'"],
  ['boolean', 'true'],
  ['text', "'x'"],
  ['varchar', "'x'"],
  ['varchar(3)', "'abc'"],
  ['char(3)', "'a'"],
  ['"char"', "'a'"],
  ['name', "'x'"],
  ['bytea', "'\\x00ff'"],
  ['uuid', "'00000000-0000-4000-8000-000000000001'"],
  ['date', "'2026-01-31'"],
  ['date', "'infinity'"],
  ['time', "'12:00'"],
  ['timetz', "'12:00+02'"],
  ['timestamp', "'2026-01-31 12:00:00.123456'"],
  ['timestamptz', "'2026-01-31 12:00:00.123456+00'"],
  ['timestamptz(0)', "'-infinity'"],
  ['interval', "'1 year 2 days 3.5 s'"],
  ['interval year', "'2 years'"],
  ['json', `'{"a":1}'`, false],
  ['jsonb', `'[1,"x",null]'`],
  ['jsonpath', "'$.a'", false],
  ['xml', "'<a/>'", false],
  ['inet', "'10.0.0.1/8'"],
  ['cidr', "'10.0.0.0/8'"],
  ['macaddr', "'08:00:2b:01:02:03'"],
  ['macaddr8', "'08:00:2b:01:02:03:04:05'"],
  ['bit', "B'1'"],
  ['bit(3)', "B'101'"],
  ['varbit', "B'1'"],
  ['point', "'(1,2)'", false],
  ['line', "'{1,2,3}'", false],
  ['lseg', "'[(0,0),(1,1)]'", false],
  ['box', "'(1,1),(0,0)'", false],
  ['path', "'[(0,0),(1,1)]'", false],
  ['polygon', "'((0,0),(1,1),(1,0))'", false],
  ['circle', "'<(0,0),1>'", false],
  ['tsvector', "'a b'"],
  ['tsquery', "'a & b'"],
  ['int4range', "'[1,5)'"],
  ['numrange', "'(,5]'"],
  ['tstzrange', "'empty'"],
  ['daterange', "'[2026-01-01,)'"],
  ['int4multirange', "'{[1,2),[4,5)}'"],
  ['datemultirange', "'{}'"],
  ['oid', '1'],
  ['regclass', "'pg_class'"],
  ['regtype', "'int4'"],
  ['regproc', "'now'"],
  ['regrole', "'pg_monitor'"],
  ['pg_lsn', "'0/1'"],
  ['xid', "'1'", false],
  ['xid8', "'1'"],
  ['cid', "'1'", false],
  ['tid', "'(0,1)'"],
  ['pg_snapshot', "'10:20:'", false],
  ['int[]', "'{1,null,3}'"],
  ['text[]', `'{a,"",null}'`],
  ['int[][]', "'{{1,2},{3,4}}'"],
  ['text[]', "'[0:1]={a,b}'"],
  ['uuid[]', "'{}'"],
  ['jsonb[]', `'{"{\\"a\\":1}"}'`],
  ['timestamptz[]', "'{infinity}'"],
  ['point[]', `'{"(1,2)"}'`, false],
  ['int4range[]', `'{"[1,2)"}'`],
  ['int2vector', "'1 2'"],
  ['oidvector', "'1 2'"],
]

/** Types of the schema itself; each may not have been made. */
export const OWN_TYPES: readonly (readonly [type: string, literal: string, isIndexable?: false])[] = [
  ['"Mood ""x"""', "'sad'"],
  ['"Mood ""x"""[]', `'{sad,"ok, fine"}'`],
  ['plain_enum', "'ONE'"],
  ['plain_enum[]', "'{ONE,TWO}'"],
  ['rating', "'RATING_1'"],
  ['empty_enum', 'null'],
  ['required', '1'],
  ['checked', "'A'"],
  ['checked[]', "'{A,B}'"],
  ['int_list', "'{1,2}'"],
  ['domain_of_domain', '5'],
  ['enum_domain', "'ONE'"],
  ['pair', "'(1,x)'"],
  ['pair[]', `'{"(1,x)"}'`],
  ['nested', `'("(1,x)",2)'`],
  ['no_attributes', "'()'", false],
  ['span', "'[1,5)'"],
  ['span_multirange', "'{[1,5)}'"],
  ['pair_domain', "'(1,x)'"],
]

/** What the types above need. */
export const TYPE_STATEMENTS: readonly string[] = [
  `create type "Mood ""x""" as enum ('sad', 'ok, fine', 'ha"ppy', '', 'ä', 'a''b', '1', 'true', '__x')`,
  `create type plain_enum as enum ('ONE', 'TWO')`,
  `create type rating as enum ('RATING_1', 'RATING_2')`,
  'create type empty_enum as enum ()',
  'create domain required as int not null check (value > 0)',
  `create domain checked as text check (value ~ '^[A-Z]')`,
  'create domain int_list as int[] check (cardinality(value) < 5)',
  'create domain domain_of_domain as required default 7',
  `create domain enum_domain as plain_enum check (value <> 'TWO')`,
  'create type pair as (a int, b text)',
  'create type nested as (p pair, n numeric)',
  'create type no_attributes as ()',
  'create domain pair_domain as pair check ((value).a > 0)',
  'create type span as range (subtype = float8, subtype_diff = float8mi)',
]

/** Groups of columns that the API reads as one composite field. */
const COMPOSITES: readonly (readonly string[])[] = [
  ['_amount_micros bigint', '_currency_code text'],
  ['_amount_micros numeric', '_currency_code varchar(3)'],
  ['_first_name text', '_last_name text'],
  ['_primary_email text', '_additional_emails jsonb'],
  ['_primary_link_url text', '_primary_link_label text', '_secondary_links jsonb'],
  [
    '_primary_phone_number text',
    '_primary_phone_country_code text',
    '_primary_phone_calling_code text',
    '_additional_phones jsonb',
  ],
  ['_source plain_enum', '_workspace_member_id uuid', '_name text', '_context jsonb'],
  [
    '_street1 text',
    '_street2 text',
    '_city text',
    '_postcode text',
    '_state text',
    '_country text',
    '_lat numeric',
    '_lng numeric',
  ],
  ['_blocknote text', '_markdown text'],
]

const modified = (
  random: Random,
  type: string,
  literal: string,
  name: string,
): readonly [sql: string, isWritable: boolean] => {
  switch (random.below(24)) {
    case 0:
      return [`${type} generated always as (${literal}::${type}) stored`, false]
    case 1:
      return [`${type} generated always as (${literal}::${type}) virtual`, false]
    case 2:
      return [`${type} not null default ${literal}`, true]
    case 3:
      return [`${type} default ${literal}`, true]
    case 4:
      return [`${type} not null`, true]
    case 5:
      return [`${type} check (${quoteIdentifier(name)} is not null)`, true]
    case 6:
      return [`${random.pick(['int', 'bigint', 'smallint'])} generated always as identity`, false]
    case 7:
      return [
        `${random.pick(['int', 'bigint'])} generated by default as identity (start 100 increment -1 minvalue -100)`,
        true,
      ]
    case 8:
      return [random.pick(['serial', 'bigserial', 'smallserial']), true]
    default:
      return [type, true]
  }
}

const column = (random: Random, name: string): ColumnSql => {
  const [type, literal, isIndexable = true] = random.pick(random.chance(0.25) ? OWN_TYPES : TYPES)
  const [definition, isWritable] = modified(random, type, literal, name)
  return { name, definition, type, isIndexable: isIndexable && definition.startsWith(type), isWritable }
}

/** Columns of one table; now and then a trash, or columns that make up a composite field. */
export const makeColumns = (random: Random, names: NameMaker): readonly ColumnSql[] => {
  const own = random.some(0, 5, () => column(random, names()))
  const given = (name: string, type: string): ColumnSql => ({
    name,
    definition: type,
    type,
    isIndexable: type !== 'json',
    isWritable: true,
  })
  if (random.chance(0.2))
    own.push(
      given(
        'deleted_at',
        random.pick(['timestamptz', 'timestamp', 'date', 'timestamptz not null default now()']),
      ),
    )
  if (random.chance(0.15))
    own.push(
      given(
        'search_vector',
        random.pick(['tsvector', "tsvector generated always as ('a'::tsvector) stored"]),
      ),
    )
  if (random.chance(0.2)) {
    const prefix = random.pick(['total', 'name', 'created_by', 'x'])
    for (const part of random.pick(COMPOSITES)) {
      const [suffix = '', ...type] = part.split(' ')
      own.push(given(prefix + suffix, type.join(' ')))
    }
  }
  return own.filter((each, index) => own.findIndex(({ name }) => name === each.name) === index)
}
