// SQL functions that a request can reach, and the limits around functions made by an operator. Each test is a
// claim of docs/security.md.

import { randomBytes } from 'node:crypto'
import test from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { type RowRuleInput, upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { asAdmin, openTestDatabase } from '../support/database.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const server = await startTestGateway({ environment: { POOL_SIZE: '1' } })
const { pool } = server.gateway
const client = await server.enter()
const other = await server.enter()
const { id: workspaceId, schemaName: own } = client.workspace
test.after.always(() => server.close())

const READS_AND_CREATES = {
  canReadAllObjectRecords: true,
  canCreateAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
}

const restrict = async (
  gateway: TestGateway,
  { workspace }: Client,
  rules: readonly RowRuleInput[],
): Promise<Client> => {
  const { pool: owner } = gateway.gateway
  const label = `O'Brien's "role"; -- ${randomBytes(4).toString('hex')}`
  const role = await createRole(owner, workspace.id, { label, ...READS_AND_CREATES })
  await upsertRowRules(owner, workspace.id, role.id, 'company', { rules, groups: [] })
  return gateway.client(workspace, label)
}

const names = async (who: Client): Promise<string> =>
  (await who.get('/rest/companies?order_by=name')).body.data.companies
    .map(({ name }: { name: string }) => name)
    .join(' ')

test('no request names a function of Postgres or of an extension; those of the workspace are fields of GraphQL and nothing else', async (t) => {
  await importSql(
    pool,
    workspaceId,
    `create table called (id int);
     create function leak() returns int language sql as 'insert into called values (1) returning id';
     create function company_leak(company) returns int language sql as 'insert into called values (1) returning id'`,
  )
  const expressions = [
    'leak()',
    'leak',
    'company_leak',
    'companyLeak',
    'pg_sleep(60)',
    'pg_catalog.pg_read_file',
  ]
  for (const each of expressions) {
    const name = encodeURIComponent(each)
    for (const path of [
      `/rest/companies?filter=${name}[eq]:1`,
      `/rest/companies?filter=name[${name}]:1`,
      `/rest/companies?order_by=${name}`,
      `/rest/companies?order_by=name[${name}]`,
      `/rest/companies?fields=${name}`,
      `/rest/companies/groupBy?group_by=[{"${name}":true}]`,
    ])
      t.true((await client.get(path)).status >= 400, path)
    t.true((await client.get(`/rest/${name}`)).status >= 400)
    t.true((await client.request('POST', '/rest/companies', { [each]: 1 })).status >= 400)
  }
  for (const query of [
    '{ leak }',
    '{ pgSleep(seconds: 60) }',
    'mutation { leak { integer } }',
    '{ companies { edges { node { leak } } } }',
    '{ companies { edges { node { companyLeak } } } }',
    '{ companies(orderBy: [{ leak: AscNullsFirst }]) { edges { node { id } } } }',
    '{ companies(filter: { leak: { eq: 1 } }) { edges { node { id } } } }',
  ]) {
    const { body } = await client.graphql(query)
    t.true(body.errors.length > 0, query)
  }
  const { body } = await client.graphql(
    '{ __schema { types { name fields { name } inputFields { name } } } }',
  )
  type Named = { readonly name: string }
  type Type = Named & {
    readonly fields: readonly Named[] | null
    readonly inputFields: readonly Named[] | null
  }
  const types: readonly Type[] = body.data.__schema.types
  const suspects = types.flatMap(({ name, fields, inputFields }) =>
    [...(fields ?? []), ...(inputFields ?? [])].flatMap((field) =>
      /leak|pgSleep|pg_/i.test(field.name) ? [`${name}.${field.name}`] : [],
    ),
  )
  t.deepEqual(suspects, ['Mutation.leak'])
  const { rows } = await pool.query(`select from "${own}".called`)
  t.is(rows.length, 0)
})

test('values that look like SQL are values', async (t) => {
  const value = `x'); select pg_catalog.pg_sleep(60); --`
  const made = await client.request('POST', '/rest/companies', { name: value })
  t.is(made.status, 201)
  const found = await client.get(
    `/rest/companies?filter=${encodeURIComponent(`name[eq]:${JSON.stringify(value)}`)}`,
  )
  t.is(found.body.data.companies[0].name, value)
})

test('the role of a workspace may read no file, end no other backend and make nothing', async (t) => {
  const { rows } = await pool.query(
    `select p.oid::regprocedure::text as name from pg_proc p, tenantry.roles r
     where r.workspace_id = $1 and r.label = 'Admin' and p.pronamespace = 'pg_catalog'::regnamespace
       and p.proname = any (array['pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file', 'lo_import', 'lo_export',
         'pg_reload_conf', 'pg_rotate_logfile', 'pg_switch_wal', 'pg_promote', 'pg_create_restore_point'])
       and has_function_privilege(r.pg_role, p.oid, 'execute')`,
    [workspaceId],
  )
  t.deepEqual(rows, [])
  const { rows: rights } = await pool.query(
    `select n.nspname as schema, has_schema_privilege(r.pg_role, n.oid, 'create') as creates
     from tenantry.roles r, pg_namespace n
     where r.workspace_id = $1 and r.label = 'Admin' and n.nspname !~ '^pg_'
       and (has_schema_privilege(r.pg_role, n.oid, 'create')
         or (has_schema_privilege(r.pg_role, n.oid, 'usage') and n.nspname ~ '^w_'))`,
    [workspaceId],
  )
  t.deepEqual(rights, [{ schema: own, creates: false }])
})

test("an operator's trigger runs as the caller's role and knows the caller; its settings end with the request", async (t) => {
  const { rows } = await pool.query(
    `select pg_role as role from tenantry.roles where workspace_id = $1 and label = 'Admin'`,
    [other.workspace.id],
  )
  await importSql(
    pool,
    workspaceId,
    `create table probe (id uuid primary key default gen_random_uuid(), name text, seen text);
     create function look() returns trigger language plpgsql as $$ begin
       new.seen := current_user || ' ' || (current_setting('tenantry.claims')::jsonb ->> 'workspaceId');
       if new.name = 'become' then
         perform set_config('role', '${rows[0].role}', false);
         new.seen := current_user;
       end if;
       if new.name = 'forge' then
         perform set_config('tenantry.claims', '{}', false);
       end if;
       return new; end $$;
     create trigger look before insert on probe for each row execute function look()`,
  )
  const insert = (name: string) => client.request('POST', '/rest/probes', { name })
  const seen = async (): Promise<string> => (await insert('plain')).body.data.createProbe.seen
  const before = await seen()
  t.regex(before, new RegExp(` ${workspaceId}$`))
  // Trusted code can take the role of any workspace: this is why it has to be trusted.
  const become = await insert('become')
  t.is(become.body.data?.createProbe.seen, rows[0].role, become.text)
  await insert('forge')
  t.is(await seen(), before)
  t.is((await other.get('/rest/companies')).status, 200)
  t.is((await other.get('/rest/probes')).status, 404)
})

test('a 409 reveals that a hidden record holds a unique value, and nothing else of it', async (t) => {
  const domainName = { primaryLinkUrl: 'https://hidden.example' }
  const hidden = await client.request('POST', '/rest/companies', { name: 'Zqhidden', domainName })
  const { id } = hidden.body.data.createCompany
  const restricted = await restrict(server, client, [{ column: 'name', operand: 'IS', value: 'Mine' }])
  t.is((await restricted.get(`/rest/companies/${id}`)).status, 404)
  const answer = await restricted.request('POST', '/rest/companies', { name: 'Mine', domainName })
  t.is(answer.status, 409, answer.text)
  t.false(answer.text.includes(id))
  t.notRegex(answer.text, /Zqhidden/)
})

test('a field that a record rule compares cannot be deleted, and the roles are named', async (t) => {
  const world = await server.enter()
  const { schemaName, id } = world.workspace
  await importSql(pool, id, 'alter table company add column zone text; delete from company')
  await pool.query(
    `insert into "${schemaName}".company (name, zone) values ('near', 'north'), ('far', 'south')`,
  )
  const rules = [{ column: 'zone', operand: 'IS', value: 'north' }] as const
  const restricted = await restrict(server, world, rules)
  const { body } = await world.get('/rest/metadata/objects?limit=1000')
  const company = body.data.objects.find(
    (object: { nameSingular: string }) => object.nameSingular === 'company',
  )
  const field = company.fields.find((each: { name: string }) => each.name === 'zone')
  await world.request('PATCH', `/rest/metadata/fields/${field.id}`, { isActive: false })
  const kept = await world.request('DELETE', `/rest/metadata/fields/${field.id}`)
  t.is(kept.status, 409)
  t.regex(kept.body.messages[0], /^Record rules of "O'Brien's "role"; -- [0-9a-f]+" compare this field/)
  t.false(kept.text.includes(schemaName))
  t.is(await names(restricted), 'near')
  t.is(await names(world), 'far near')
})

test('a record rule whose column is dropped in SQL lets nothing through', async (t) => {
  const world = await server.enter()
  const { schemaName, id } = world.workspace
  await importSql(pool, id, 'alter table company add column zone text; delete from company')
  await pool.query(
    `insert into "${schemaName}".company (name, zone) values ('near', 'north'), ('far', 'south')`,
  )
  const restricted = await restrict(server, world, [{ column: 'zone', operand: 'IS', value: 'north' }])
  t.is(await names(restricted), 'near')
  await t.throwsAsync(pool.query(`alter table "${schemaName}".company drop column zone`), { code: '2BP01' })
  await pool.query(`alter table "${schemaName}".company drop column zone cascade`)
  // A gateway that is not notified yet may refuse the request, but never show a record.
  t.notRegex((await restricted.get('/rest/companies?order_by=name')).text, /near|far/)
  t.true((await restricted.request('POST', '/rest/companies', { name: 'new' })).status >= 400)
  await until('the gateway knows', async () => !(await world.get('/rest/companies')).text.includes('zone'))
  t.is(await names(restricted), '')
  t.is(await names(world), 'far near')
})

test('record rules and hidden fields hold if the owner of the database is not a superuser', async (t) => {
  const database = await openTestDatabase({ isMigrated: false })
  const owner = `owner_${randomBytes(4).toString('hex')}`
  await asAdmin((admin) =>
    admin.query(`create role ${owner} login createrole password 'pw'; alter database ${database.name} owner to ${owner};
      grant tenantry_gateway to ${owner} with admin option`),
  )
  const url = new URL(database.ownerUrl)
  url.username = owner
  url.password = 'pw'
  const modest = await startTestGateway({ database: { ...database, ownerUrl: url.href } })
  try {
    const world = await modest.enter()
    const { schemaName } = world.workspace
    for (const name of ['alpha', 'beta']) await world.request('POST', '/rest/companies', { name })
    await importSql(
      modest.gateway.pool,
      world.workspace.id,
      `create function every_name() returns text language sql security definer
         as 'select string_agg(name, '' '' order by name) from "${schemaName}".company';
       create table asked (id uuid primary key default gen_random_uuid(), name text, answer text default every_name())`,
    )
    const restricted = await restrict(modest, world, [{ column: 'name', operand: 'IS', value: 'beta' }])
    t.is(await names(restricted), 'beta')
    await until('the table is known', async () => (await world.get('/rest/askeds')).status === 200)
    const asked = await restricted.request('POST', '/rest/askeds', { name: 'x' })
    t.is(asked.status, 201, asked.text)
    t.notRegex(asked.text, /alpha/, "not even through a function of the owner's")
    t.is(await names(world), 'alpha beta')
  } finally {
    await modest.close()
    await asAdmin((admin) => admin.query(`alter database ${database.name} owner to current_user`))
    await database.pool.query(`drop owned by ${owner} cascade`)
    await asAdmin((admin) => admin.query(`revoke tenantry_gateway from ${owner}`))
    await database.close()
    await asAdmin((admin) => admin.query(`drop role if exists ${owner}`))
  }
})
