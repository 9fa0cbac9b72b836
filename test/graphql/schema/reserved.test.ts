import test from 'ava'
import { type GraphQLNamedType, type GraphQLSchema, isInputObjectType } from 'graphql'
import { compileSchema } from '../../../gateway/graphql/schema/compile.ts'
import { readCatalog } from '../../../sql/catalog/catalog.ts'
import { fieldTypeStem } from '../../../tenants/model/fieldTypeName.ts'
import type { Model } from '../../../tenants/model/model.ts'
import { deriveModel } from '../../../tenants/model/read/derive.ts'
import {
  CHANGE_TYPE,
  FIELD_TYPES,
  FILTER_WORDS,
  HISTORY_TYPES,
  historyFieldOf,
  OBJECT_TYPES,
  RESERVED_FIELDS,
  ROOT_FIELDS,
  rootFieldsOf,
  SHARED_TYPES,
} from '../../../tenants/model/reserved.ts'
import { createWorkspace } from '../../../tenants/workspace.ts'
import { type OpenTestDatabase, openTestDatabase } from '../../support/database.ts'

/** Columns of every kind, options, keys of several columns, functions and computed fields. */
const TABLES = `
create type mood as enum ('happy', 'sad');
create table every (
  id uuid primary key default gen_random_uuid(), a text, b int2, c int4, d int8, e numeric, f float4, g float8, h boolean,
  i date, j timestamptz, k timestamp, l time, m interval, n json, o jsonb, p text[], q mood, r mood[], s bytea, u int4range,
  v inet, w tsvector, x xml, y point, search_vector tsvector, deleted_at timestamptz,
  full_first_name text, full_last_name text, mails_primary_email text unique, mails_additional_emails jsonb,
  price_amount_micros numeric, price_currency_code text, site_primary_link_label text, site_primary_link_url text,
  site_secondary_links jsonb, body_blocknote text, body_markdown text,
  parent_id uuid references every
);
create table "two keys" (a int, b int, note text, every_id uuid references every, primary key (a, b));
create function every_age(every) returns int language sql stable as 'select 1';
create function all_of_them(first_word text) returns setof every language sql stable as 'select * from every';
create function count_up(step int) returns int language sql volatile as 'select 1';
create function latest_mood() returns text language sql stable as $$select 'sad'$$;`

let database: OpenTestDatabase

test.before(async () => {
  database = await openTestDatabase()
})
test.after.always(() => database?.close())

const modelOf = async (standard: boolean, sql: string): Promise<Model> => {
  const { schemaName } = await createWorkspace(database.pool, { name: 'reserved', standardObjects: standard })
  const client = await database.pool.connect()
  await client.query(`set search_path to ${schemaName}`)
  await client.query(sql)
  client.release(true)
  const catalog = await readCatalog(database.pool, schemaName)
  if (catalog === null) throw new Error('There is no schema.')
  return deriveModel(catalog, { standard })
}

/** Types that follow from the names of objects and their fields. */
const typesOf = ({ objects }: Model): ReadonlySet<string> =>
  new Set(
    objects.flatMap(({ typeName, nameSingular, fields }) => [
      ...[...OBJECT_TYPES, ...HISTORY_TYPES, CHANGE_TYPE].map((suffix) => typeName + suffix),
      ...[...fields.keys()].flatMap((field) =>
        FIELD_TYPES.map((suffix) => fieldTypeStem(nameSingular, field) + suffix),
      ),
    ]),
  )

const fieldsOf = (type: GraphQLNamedType | null | undefined): readonly string[] =>
  type && 'getFields' in type ? Object.keys(type.getFields()) : []

const VERBS = ['create', 'update', 'delete', 'destroy', 'restore', 'merge']

const unreserved = (schema: GraphQLSchema, model: Model): readonly string[] => {
  const known = typesOf(model)
  const types = Object.keys(schema.getTypeMap()).filter(
    (name) => !name.startsWith('__') && !SHARED_TYPES.has(name) && !known.has(name),
  )
  const functions = new Set(model.functions.map(({ fieldName }) => fieldName))
  const queries = new Set([
    ...ROOT_FIELDS,
    ...model.objects.flatMap((object) => [...rootFieldsOf(object), historyFieldOf(object)]),
  ])
  const mutations = new Set(
    model.objects.flatMap(({ typeName, pluralTypeName }) => [
      ...VERBS.flatMap((verb) => [verb + typeName, verb + pluralTypeName]),
      `undo${typeName}Change`,
    ]),
  )
  const words = model.objects.flatMap(({ typeName, fields }) =>
    [
      'FilterInput',
      'OrderByInput',
      'GroupByInput',
      'CreateInput',
      'UpdateInput',
      'OrderByWithGroupByInput',
    ].flatMap((suffix) => {
      const type = schema.getType(typeName + suffix)
      return isInputObjectType(type)
        ? fieldsOf(type)
            .filter((name) => !fields.has(name) && !RESERVED_FIELDS.includes(name))
            .map((name) => `${type}.${name}`)
        : []
    }),
  )
  return [
    ...types,
    ...fieldsOf(schema.getQueryType()).filter((name) => !queries.has(name) && !functions.has(name)),
    ...fieldsOf(schema.getMutationType()).filter((name) => !mutations.has(name) && !functions.has(name)),
    ...words,
  ]
}

test('every type, root field and word of a compiled schema is reserved or follows from the model', async (t) => {
  for (const model of [await modelOf(true, ''), await modelOf(false, TABLES), await modelOf(true, TABLES)]) {
    const { schema, dropped } = await compileSchema(model)
    t.deepEqual(dropped, [])
    t.deepEqual(unreserved(schema, model), [])
    t.true(
      FILTER_WORDS.every((word) => fieldsOf(schema.getType('EveryFilterInput')).includes(word)) ||
        !schema.getType('Every'),
    )
  }
})
