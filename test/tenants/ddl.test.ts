import test from 'ava'
import fc from 'fast-check'
import { bindSchema } from '../../sql/placeholder.ts'
import { createFoundation } from '../../tenants/model/ddl/bootstrap.ts'
import { createObjects } from '../../tenants/model/ddl/ddl.ts'
import { foldedText } from '../../tenants/model/ddl/search.ts'
import type { FieldDefinition, ObjectDefinition } from '../../tenants/model/definition.ts'
import { createTestDatabase } from '../support/database.ts'
import { earlierSearchText } from '../support/earlierSearchText.ts'

const objectOf = (
  fields: readonly FieldDefinition[],
  more: Partial<ObjectDefinition> = {},
): ObjectDefinition => ({
  nameSingular: 'rocket',
  namePlural: 'rockets',
  labelSingular: 'Rocket',
  labelPlural: "Rockets, the captain's",
  icon: 'IconRocket',
  labelIdentifier: 'name',
  searchable: [],
  fields,
  ...more,
})

const option = (value: string, position: number) => ({ value, label: value, color: 'gray', position })

const ROCKET = objectOf(
  [
    { name: 'name', type: 'TEXT', label: 'Name', description: "What it's called", isUnique: true },
    {
      name: 'fuelTypes',
      type: 'MULTI_SELECT',
      label: 'Fuels',
      options: [option('B', 1), option('A', 0)],
      defaultValue: ["'A'"],
    },
    {
      name: 'engineCount',
      type: 'NUMBER',
      label: 'Engines',
      settings: { dataType: 'int' },
      isNullable: false,
      defaultValue: 3,
    },
    { name: 'budget', type: 'CURRENCY', label: 'Budget', defaultValue: { currencyCode: "'EUR'" } },
    {
      name: 'sister',
      type: 'RELATION',
      label: 'Sister',
      relation: {
        targets: ['rocket'],
        onDelete: 'SET_NULL',
        inverse: { name: 'sisters', label: 'Sisters', icon: 'IconRocket' },
      },
    },
  ],
  { searchable: ['name'] },
)

test('writes the table that a DBA would have written', (t) => {
  const statements = createObjects([ROCKET], { hasUuidv7: true })
  t.deepEqual(
    statements.filter((statement) => !statement.startsWith('comment on column')),
    [
      `create type "__WS__"."rocket_fuel_types" as enum ('A', 'B')`,
      `comment on type "__WS__"."rocket_fuel_types" is 'Options of rocket.fuel_types'`,
      'create sequence "__WS__"."rocket_position_seq"',
      `create table "__WS__"."rocket" (
  "id" uuid not null default uuidv7(),
  "name" text,
  "fuel_types" "__WS__"."rocket_fuel_types"[] default array['A']::"__WS__"."rocket_fuel_types"[],
  "engine_count" integer not null default 3,
  "budget_amount_micros" numeric,
  "budget_currency_code" text default 'EUR',
  "sister_id" uuid,
  "created_at" timestamptz not null default now(),
  "updated_at" timestamptz not null default now(),
  "deleted_at" timestamptz,
  "created_by_source" "__WS__"."actor_source" not null default 'MANUAL',
  "created_by_workspace_member_id" uuid,
  "created_by_name" text not null default '',
  "created_by_context" jsonb,
  "updated_by_source" "__WS__"."actor_source" not null default 'MANUAL',
  "updated_by_workspace_member_id" uuid,
  "updated_by_name" text not null default '',
  "updated_by_context" jsonb,
  "position" double precision not null default nextval('"__WS__"."rocket_position_seq"'),
  "search_vector" tsvector generated always as ("__WS__"."search_vector_"__WS__""(array["name"], '{}')) stored,
  constraint "rocket_pkey" primary key ("id"),
  constraint "rocket_sister_id_fkey" foreign key ("sister_id") references "__WS__"."rocket" ("id") on delete set null
)`,
      'alter sequence "__WS__"."rocket_position_seq" owned by "__WS__"."rocket"."position"',
      'create unique index "rocket_name_key" on "__WS__"."rocket" ("name") where "deleted_at" is null',
      'create index "rocket_sister_id_idx" on "__WS__"."rocket" ("sister_id")',
      'create index "rocket_search_vector_idx" on "__WS__"."rocket" using gin ("search_vector")',
      'create index "rocket_position_idx" on "__WS__"."rocket" ("position")',
      `comment on table "__WS__"."rocket" is 'Rockets, the captain''s'`,
    ],
  )
  t.true(statements.includes(`comment on column "__WS__"."rocket"."name" is 'Name: What it''s called'`))
  t.true(
    statements.includes(
      `comment on column "__WS__"."rocket"."budget_amount_micros" is 'Budget, amount micros: millionths of one unit of the currency'`,
    ),
  )
})

for (const hasUuidv7 of [true, false]) {
  test(`is accepted by Postgres, ${hasUuidv7 ? 'with' : 'without'} a uuidv7() of the server`, async (t) => {
    const { pool } = await createTestDatabase(t)
    const { rows: servers } = await pool.query(`select current_setting('server_version_num')::int as version`)
    if (hasUuidv7 && servers[0].version < 180_000) {
      t.log('skipped: this server has no uuidv7()')
      return t.pass()
    }
    const schema = 'w_rocket_test'
    const statements = [...createFoundation({ hasUuidv7 }), ...createObjects([ROCKET], { hasUuidv7 })]
    await pool.query(`create schema ${schema}; ${bindSchema(statements.join(';\n'), schema)}`)
    const before = Date.now()
    const { rows } = await pool.query(`insert into ${schema}.rocket (name) values ('Ariane'), ('Vega')
      returning id, fuel_types::text, engine_count, budget_currency_code, position, created_by_source`)
    t.like(rows[0], {
      fuel_types: '{A}',
      engine_count: 3,
      budget_currency_code: 'EUR',
      position: 1,
      created_by_source: 'MANUAL',
    })
    t.is(rows[1].position, 2)
    t.regex(rows[0].id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    t.true(Math.abs(Number.parseInt(rows[0].id.replace('-', '').slice(0, 12), 16) - before) < 60_000)
    await t.throwsAsync(pool.query(`insert into ${schema}.rocket (name) values ('Vega')`), {
      message: /rocket_name_key/,
    })
    await pool.query(`update ${schema}.rocket set deleted_at = now() where name = 'Vega'`)
    await t.notThrowsAsync(pool.query(`insert into ${schema}.rocket (name) values ('Vega')`))
  })
}

test('objects that refer to each other in a circle have all their foreign keys, in any order', async (t) => {
  const refer = (name: string, targets: readonly string[]): ObjectDefinition =>
    objectOf(
      targets.map((target) => ({
        ...{ name: target, type: 'RELATION', label: target },
        relation: {
          ...{ targets: [target], onDelete: 'SET_NULL' },
          inverse: { name: `${name}s`, label: name, icon: 'IconRocket' },
        },
      })),
      { nameSingular: name, namePlural: `${name}s` },
    )
  const wanted = ['moon.planet', 'moon.star', 'planet.moon', 'planet.planet', 'star.planet']
  const objects = [
    refer('moon', ['planet', 'star']),
    refer('planet', ['moon', 'planet']),
    refer('star', ['planet']),
  ]
  for (const order of [objects, objects.toReversed()]) {
    const { pool } = await createTestDatabase(t)
    const statements = [
      ...createFoundation({ hasUuidv7: false }),
      ...createObjects(order, { hasUuidv7: false }),
    ]
    await pool.query('create schema circle')
    for (const statement of statements) await pool.query(bindSchema(statement, 'circle'))
    const { rows } = await pool.query(
      `select conrelid::regclass || ' ' || confrelid::regclass as key, convalidated as valid
       from pg_constraint where contype = 'f' and connamespace = 'circle'::regnamespace order by 1`,
    )
    t.deepEqual(
      rows,
      wanted.map((key) => ({ key: `circle.${key.replace('.', ' circle.')}`, valid: true })),
    )
  }
})

test('finds words in spite of accents, parts of addresses, and takes texts of any length', async (t) => {
  const { pool } = await createTestDatabase(t)
  const object = objectOf(
    [
      { name: 'name', type: 'TEXT', label: 'Name' },
      { name: 'emails', type: 'EMAILS', label: 'E-mail' },
      { name: 'body', type: 'RICH_TEXT', label: 'Body' },
    ],
    { searchable: ['name', 'emails', 'body'] },
  )
  const statements = [
    ...createFoundation({ hasUuidv7: false }),
    ...createObjects([object], { hasUuidv7: false }),
  ]
  await pool.query(`create schema s; ${bindSchema(statements.join(';\n'), 's')}`)
  const longText = Array.from({ length: 200_000 }, (_, index) => `w${index.toString(36)}`).join(' ')
  await pool.query(
    `insert into s.rocket (name, emails_primary_email, emails_additional_emails, body_markdown)
     values ('Émile Straße Łódź', 'ada@booking.example', '["b@other.example"]', $1)`,
    [longText],
  )
  for (const words of [
    'emile',
    'ÉMILE',
    'strasse',
    'Lodz',
    'ada@booking.example',
    'booking',
    'book:*',
    'other',
    'w1a',
  ]) {
    const { rows } = await pool.query(
      `select search_vector @@ to_tsquery('simple', ${foldedText('$1::text')}) as found from s.rocket`,
      [words],
    )
    t.true(rows[0].found, words)
  }
})

test('a record of many long texts is stored, and found by its address', async (t) => {
  const { pool } = await createTestDatabase(t)
  await pool.query(`create schema s; ${bindSchema(createFoundation({ hasUuidv7: false }).join(';\n'), 's')}`)
  // Postgres keeps a compound word as a whole and in parts: the most that a vector needs for a text.
  const compounds = (letters: string, text: number): string =>
    Array.from({ length: 15_000 }, (_, index) => {
      const at = (power: number): string =>
        [...letters][Math.floor((index + text * 15_000) / 10 ** power) % 10] ?? ''
      return `${at(0)}${at(1)}${at(2)}-${at(3)}${at(4)}${at(5)}`
    }).join(' ')
  for (const letters of ['abcdefghij', 'абвгдежзик', '漢字仮名交文日本語', '𐌀𐌁𐌂𐌃𐌄𐌅𐌆𐌇𐌈𐌉']) {
    const texts = Array.from({ length: 12 }, (_, text) => compounds(letters, text))
    const { rows } = await pool.query(
      `select length(v) > 1000 as has_words, v @@ 'booking' as is_found
       from s.search_vector_s($1::text[], array['ada@booking.example']) v`,
      [texts],
    )
    t.deepEqual(rows, [{ has_words: true, is_found: true }], letters)
  }
})

test('folds searched text as earlier versions do, in every session', async (t) => {
  const { pool } = await createTestDatabase(t)
  const foundation = createFoundation({ hasUuidv7: false })
  await pool.query(`create schema s; ${bindSchema(foundation.join(';\n'), 's')}; ${earlierSearchText('s', 'earlier')};
    create function s.left(text, integer) returns text language sql immutable return 'shadow';
    create function s.char_length(text) returns integer language sql immutable return 0`)
  const letter = fc.constantFrom(
    ...'aZ1 @＠./_ßẞæÆœŒøØłŁđĐðÞħıİŧéÉｅ１ﬁ①漢한😀\u0301\u036f\u0370\u200d\\\'"%$',
  )
  const unicode = fc.string({ unit: 'grapheme', maxLength: 30 })
  const made = fc.sample(fc.oneof(unicode, fc.string({ unit: letter, maxLength: 30 })), 1_000)
  const texts = [
    null,
    '',
    'é'.repeat(100_001),
    'a'.repeat(100_001),
    ...made.map((text) => text.replaceAll('\0', '')),
  ]
  const client = await pool.connect()
  try {
    for (const settings of [
      '',
      'set search_path = s, pg_catalog',
      'set standard_conforming_strings = off; set escape_string_warning = off',
    ]) {
      await client.query(settings)
      const { rows } = await client.query(
        `select * from (select value, s.search_vector_s(array[value, 'x'], array[other])::text as now,
           to_tsvector('pg_catalog.simple', concat_ws(' ', s.earlier(other),
             translate(s.earlier(other), '@./:?&=_-', '         '), s.earlier(value), 'x'))::text as before
         from rows from (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) u (value, other)) v where now is distinct from before`,
        [texts, texts.toReversed()],
      )
      t.deepEqual(rows, [], settings)
    }
  } finally {
    client.release(true)
  }
})

test('shortens names that follow from long ones, the same way each time, and keeps them apart', async (t) => {
  const { pool } = await createTestDatabase(t)
  const long = 'aVeryLongNameThatFillsNearlyAllOfTheRoomX'
  const fields = ['One', 'Two'].map(
    (suffix): FieldDefinition => ({
      name: `${long}${suffix}`,
      type: 'SELECT',
      label: suffix,
      isUnique: true,
      options: [option('A', 0)],
    }),
  )
  const object = objectOf(fields, { nameSingular: 'anObjectWithAnotherVeryLongName' })
  const make = () => createObjects([object], { hasUuidv7: false })
  t.deepEqual(make(), make())
  await pool.query(
    `create schema s; ${bindSchema([...createFoundation({ hasUuidv7: false }), ...make()].join(';\n'), 's')}`,
  )
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_class c where c.relnamespace = 's'::regnamespace and c.relkind = 'i'
     union all select t.typname from pg_type t where t.typnamespace = 's'::regnamespace and t.typtype = 'e'`,
  )
  const names = rows.map(({ name }) => name)
  t.is(names.filter((name) => name.startsWith('an_object_with')).length, 7)
  for (const name of names)
    t.true(
      make().some((statement) => statement.includes(`"${name}"`)),
      name,
    )
})

const refused: readonly (readonly [string, ObjectDefinition])[] = [
  ['a table name beyond 63 bytes', objectOf([], { nameSingular: 'x'.repeat(64) })],
  ['a column name beyond 63 bytes', objectOf([{ name: 'x'.repeat(64), type: 'TEXT', label: 'X' }])],
  [
    'two fields that need one column',
    objectOf([
      { name: 'price', type: 'CURRENCY', label: 'Price' },
      { name: 'priceCurrencyCode', type: 'TEXT', label: 'Code' },
    ]),
  ],
  [
    'a field that needs a base column',
    objectOf([{ name: 'createdAt', type: 'DATE_TIME', label: 'Created' }]),
  ],
  ['a select field without options', objectOf([{ name: 'kind', type: 'SELECT', label: 'Kind' }])],
  ['a unique full name', objectOf([{ name: 'name', type: 'FULL_NAME', label: 'Name', isUnique: true }])],
  [
    'an unquoted default',
    objectOf([{ name: 'name', type: 'TEXT', label: 'Name', defaultValue: "x'; drop" }]),
  ],
  [
    'a number of unknown kind',
    objectOf([{ name: 'n', type: 'NUMBER', label: 'N', settings: { dataType: 'money' } }]),
  ],
  ['a search over a field that is not there', objectOf([], { searchable: ['name'] })],
  ['a search over a number', objectOf([{ name: 'n', type: 'NUMBER', label: 'N' }], { searchable: ['n'] })],
]
for (const [what, object] of refused) {
  test(`refuses ${what}`, (t) => {
    t.throws(() => createObjects([object], { hasUuidv7: false }), { name: 'Refusal' })
  })
}

test('keeps SQL in names, labels, options and defaults harmless', async (t) => {
  const { pool } = await createTestDatabase(t)
  const hostile = `'); drop schema s cascade; --\\ "x" $$`
  const object = objectOf(
    [
      { name: 'name', type: 'TEXT', label: hostile, description: hostile, defaultValue: `'${hostile}'` },
      {
        name: 'kind',
        type: 'SELECT',
        label: hostile,
        options: [option(hostile, 0)],
        defaultValue: `'${hostile}'`,
      },
    ],
    { labelPlural: hostile, description: hostile },
  )
  const statements = [
    ...createFoundation({ hasUuidv7: false }),
    ...createObjects([object], { hasUuidv7: false }),
  ]
  await pool.query(`create schema s; ${bindSchema(statements.join(';\n'), 's')}`)
  const { rows } = await pool.query('insert into s.rocket default values returning name, kind')
  t.deepEqual(rows, [{ name: hostile, kind: hostile }])
})
