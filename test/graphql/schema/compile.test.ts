import { readFileSync } from 'node:fs'
import test from 'ava'
import { printSchema, printType } from 'graphql'
import { compileSchema } from '../../../gateway/graphql/schema/compile.ts'
import { readCatalog } from '../../../sql/catalog/catalog.ts'
import { importSql } from '../../../tenants/importSql.ts'
import type { Model } from '../../../tenants/model/model.ts'
import { deriveModel } from '../../../tenants/model/read/derive.ts'
import { createWorkspace } from '../../../tenants/workspace.ts'
import { type OpenTestDatabase, openTestDatabase } from '../../support/database.ts'
import { HOSTILE_NAME } from '../../support/gateway.ts'
import { schemaFaults } from '../../support/schemaFaults.ts'
import { undescribed } from '../../support/undescribed.ts'

let database: OpenTestDatabase

const modelOf = async (script?: string): Promise<{ readonly model: Model; readonly schemaName: string }> => {
  const standard = script === undefined
  const workspace = await createWorkspace(database.pool, { name: HOSTILE_NAME, standardObjects: standard })
  if (script !== undefined) await importSql(database.pool, workspace.id, script)
  const catalog = await readCatalog(database.pool, workspace.schemaName)
  if (catalog === null) throw new Error('The workspace has no schema.')
  return { model: deriveModel(catalog, { standard }), schemaName: workspace.schemaName }
}

test.before(async () => {
  database = await openTestDatabase()
})
test.after.always(() => database?.close())

/** Without descriptions, and with the arguments of a field on one line. */
const bare = (sdl: string): string =>
  sdl
    .replaceAll(/\n?\n? *"""[\s\S]*?"""(?=\n)/g, '')
    .replaceAll(/\(\n([^)]*)\)/g, (_, args: string) => `(${args.trim().replaceAll(/\s*\n\s*/g, ', ')})`)

const typeOf = (schema: Parameters<typeof printSchema>[0], name: string): string => {
  const type = schema.getType(name)
  return type ? bare(printType(type)).trimStart() : ''
}

test('compiles the standard objects to the types of the contract', async (t) => {
  const { model, schemaName } = await modelOf()
  const { schema, dropped } = await compileSchema(model)
  t.deepEqual(schemaFaults(schema), [])
  t.deepEqual(dropped, [])
  const sdl = bare(printSchema(schema))
  t.false(sdl.includes(schemaName))
  t.false(sdl.includes('__WS__'))
  const list = 'first: Int, last: Int, offset: Int, before: String, after: String'
  t.true(
    sdl.includes(
      `companies(${list}, filter: CompanyFilterInput, orderBy: [CompanyOrderByInput]): CompanyConnection`,
    ),
  )
  for (const line of [
    'company(filter: CompanyFilterInput!): Company',
    'createCompany(data: CompanyCreateInput!, upsert: Boolean): Company',
    'createCompanies(data: [CompanyCreateInput!]!, upsert: Boolean, onError: OnError): [Company]',
    'updateCompany(id: UUID!, data: CompanyUpdateInput!): Company',
    'deleteCompany(id: UUID!): Company',
    'destroyCompany(id: UUID!): Company',
    'restoreCompany(id: UUID!): Company',
  ])
    t.true(sdl.includes(line), line)
  const connection = typeOf(schema, 'CompanyConnection')
  t.true(
    connection.startsWith(
      'type CompanyConnection {\n  edges: [CompanyEdge!]!\n  pageInfo: PageInfo!\n  totalCount: Int\n',
    ),
  )
  for (const line of [
    'countUniqueValuesName: Int',
    'percentageNotEmptyAddress: Float',
    'sumAnnualRevenueAmountMicros: BigFloat',
    'maxCreatedAt: DateTime',
  ])
    t.true(connection.includes(`  ${line}\n`), line)
  for (const line of [
    'companiesGroupBy(groupBy: [CompanyGroupByInput!]!, filter: CompanyFilterInput, orderBy: [CompanyOrderByWithGroupByInput], orderByForRecords: [CompanyOrderByInput], viewId: UUID, limit: Int, offsetForRecords: Int): [CompanyGroupByConnection]',
    'companyDuplicates(ids: [UUID], data: [CompanyCreateInput]): [CompanyConnection]',
    'mergeCompanies(ids: [UUID!]!, conflictPriorityIndex: Int!, dryRun: Boolean): Company',
    'search(searchInput: String!, limit: Int!, after: String, includedObjectNameSingulars: [String!], excludedObjectNameSingulars: [String!], filter: ObjectRecordFilterInput): SearchResultConnection',
  ])
    t.true(sdl.includes(line), line)
  t.deepEqual(Object.values(schema.getTypeMap()).flatMap(undescribed), [])
  t.is(typeOf(schema, 'CompanyEdge'), 'type CompanyEdge {\n  node: Company!\n  cursor: Cursor!\n}')
  t.is(
    typeOf(schema, 'PageInfo'),
    'type PageInfo {\n  hasNextPage: Boolean!\n  hasPreviousPage: Boolean!\n  startCursor: ConnectionCursor\n  endCursor: ConnectionCursor\n}',
  )
  t.is(typeOf(schema, 'FullName'), 'type FullName {\n  firstName: String\n  lastName: String\n}')
  t.is(
    typeOf(schema, 'FullNameFilterInput'),
    'input FullNameFilterInput {\n  firstName: StringFilter\n  lastName: StringFilter\n}',
  )
  t.is(typeOf(schema, 'RawJsonFilter'), 'input RawJsonFilter {\n  is: FilterIs\n  like: String\n}')
  t.is(
    typeOf(schema, 'OrderByDirection'),
    'enum OrderByDirection {\n  AscNullsFirst\n  AscNullsLast\n  DescNullsFirst\n  DescNullsLast\n}',
  )
  const person = typeOf(schema, 'Person')
  for (const line of [
    'id: UUID!',
    'name: FullName',
    'companyId: ID',
    'company: Company',
    'createdAt: DateTime',
  ])
    t.true(person.includes(`  ${line}\n`), line)
  const created = typeOf(schema, 'PersonCreateInput')
  for (const line of ['id: ID', 'companyId: ID', 'emails: EmailsCreateInput', 'position: Position'])
    t.true(created.includes(`  ${line}\n`), line)
  t.false(created.includes('searchVector'))
  t.true(typeOf(schema, 'Opportunity').includes('  stage: OpportunityStageEnum\n'))
  t.true(typeOf(schema, 'OpportunityFilterInput').includes('  stage: OpportunityStageEnumFilter\n'))
  t.true(typeOf(schema, 'PersonFilterInput').includes('  company: CompanyFilterInput\n'))
})

test('equal models of any workspaces compile to equal schemas', async (t) => {
  const [one, other] = [await modelOf(), await modelOf()]
  t.not(one.schemaName, other.schemaName)
  t.is(
    printSchema((await compileSchema(one.model)).schema),
    printSchema((await compileSchema(other.model)).schema),
  )
})

test('hostile names compile', async (t) => {
  const script = readFileSync(new URL('../../fixtures/hostile.sql', import.meta.url), 'utf8')
  const { model } = await modelOf(script)
  const { schema, dropped } = await compileSchema(model)
  t.deepEqual(schemaFaults(schema), [])
  t.deepEqual(dropped, [])
  for (const object of model.objects) t.truthy(schema.getType(object.typeName), object.table)
})

test('tables that GraphQL cannot show are left out alone, and comments cannot steer the compiler', async (t) => {
  const { model } = await modelOf(`
    create table nothing ();
    create table string_filter (id integer primary key, nothing text);
    create table fine (id integer primary key, data text, string_filter_id integer references string_filter);
    create table keyed (data text primary key, upsert text);
    create table "type ""pg_catalog"".""text""" (id text primary key);
    create table "row fine" (id text primary key);
    comment on table fine is E'@omit\\n@name hijacked\\n@foreignKey (nope) references nowhere (id)';
    comment on column fine.data is E'@behavior -*\\n@notNull';
    create type odd as (a integer, b text);
    create table only_json (payload jsonb);
    create table composed (id integer primary key, whole odd, many odd[], span int4multirange, place point);
  `)
  const { schema, dropped } = await compileSchema(model)
  t.deepEqual(schemaFaults(schema), [])
  t.deepEqual(dropped, [])
  t.deepEqual(
    model.omitted.map(({ table }) => table),
    ['nothing'],
  )
  t.is(schema.getType('Hijacked'), undefined)
  const sdl = bare(printSchema(schema))
  t.true(sdl.includes('updateKeyed(dataKey: String!, data: KeyedUpdateInput!): Keyed'))
  t.true(typeOf(schema, 'Fine').includes('  data: String\n'))
  t.true(typeOf(schema, 'Composed').includes('  place: String\n'))
  t.is(typeOf(schema, 'OnlyJsonOrderByInput'), '')
  t.true(sdl.includes('after: String, filter: OnlyJsonFilterInput): OnlyJsonConnection'))
})

test('type names of a field do not depend on other objects', async (t) => {
  const mood = "create type mood as enum ('HAPPY', 'SAD')"
  const mails = (stem: string) => `${stem}_primary_email text unique, ${stem}_additional_emails jsonb`
  const first = `create table company (id int primary key, domain_name mood, ${mails('site_mails')}, parent_id int references company)`
  const second = 'create table company_domain (id int primary key, name mood)'
  const third = `create table company_site (id int primary key, ${mails('mails')}, parent_id int references company_site)`
  const typesOf = async (...tables: readonly string[]) => {
    const { model } = await modelOf([mood, ...tables].join(';\n'))
    const { schema, dropped } = await compileSchema(model)
    t.deepEqual(dropped, [])
    return Object.keys(schema.getTypeMap()).filter((name) => /^Company.*(Enum|WhereInput)$/.test(name))
  }
  const alone = await Promise.all([typesOf(first), typesOf(second), typesOf(third)])
  t.true(
    alone.every((types) => types.length > 0),
    JSON.stringify(alone),
  )
  t.deepEqual((await typesOf(first, second, third)).sort(), alone.flat().sort())
})
