// The foreign keys of relations to a closed object, on every protocol and in every place that can name a
// field: hidden from a role that may not read the object, and there for a role that may.

import test from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { upsertObjectPermissions } from '../../tenants/permission/object.ts'
import { createRole } from '../../tenants/permission/role.ts'
import { type Answer, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { forServer } from '../support/sqlByHand.ts'

const CLIENT = '5ec2e700-0000-4000-8000-000000000001'
const SECOND = '5ec2e700-0000-4000-8000-000000000002'
const NOWHERE = '018f0000-0000-7000-8000-000000000000'

/** Clients, depots and desks are closed. */
const TABLES = `
create table client (id uuid primary key, name text);
create table elsewhere (id integer primary key);
create table desk (id integer primary key);
create table seat (id integer primary key, desk_id integer unique references desk);
insert into desk values (1), (2);
insert into seat values (1, 2), (2, 1);
create table region (id integer primary key, name text);
create table depot (region_id integer, no integer, name text, primary key (region_id, no));
create table invoice (id serial primary key, client_id uuid not null unique references client, parent_id integer references invoice,
  note text);
create table bill (id serial primary key, client_id uuid references invoice (client_id), note text);
create table parcel (id serial primary key, region_id integer references region, depot_no integer, note text,
  foreign key (region_id, depot_no) references depot);
create table client_region (client_id uuid references client, region_id integer references region, note text,
  primary key (client_id, region_id));
insert into client values ('${CLIENT}', 'Secret'), ('${SECOND}', 'Other');
insert into region values (77, 'North');
insert into depot values (77, 8191, 'Hidden');
insert into invoice (client_id, note) values ('${CLIENT}', 'n');
insert into bill (client_id, note) values ('${CLIENT}', 'n');
insert into parcel (region_id, depot_no, note) values (77, 8191, 'n');
insert into client_region values ('${CLIENT}', 77, 'n');
`

interface Case {
  readonly object: string
  readonly plural: string
  readonly field: string
  readonly isHidden: boolean
  readonly why: string
}

const CASES: readonly Case[] = [
  { object: 'invoice', plural: 'invoices', field: 'clientId', isHidden: true, why: 'a closed object' },
  { object: 'invoice', plural: 'invoices', field: 'parentId', isHidden: false, why: 'an open object' },
  {
    object: 'bill',
    plural: 'bills',
    field: 'clientId',
    isHidden: true,
    why: 'a column that is closed itself',
  },
  { object: 'parcel', plural: 'parcels', field: 'depotNo', isHidden: true, why: 'a part of a closed key' },
  {
    object: 'parcel',
    plural: 'parcels',
    field: 'regionId',
    isHidden: false,
    why: 'open by another relation',
  },
  { object: 'clientRegion', plural: 'clientRegions', field: 'clientId', isHidden: false, why: 'the own key' },
]

let server: TestGateway
let admin: Client
let open: Client
let closed: Client

const ALL = {
  canReadAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
}
const CLOSED = { canRead: false, canCreate: false, canUpdate: false, canSoftDelete: false, canDestroy: false }

test.before(async () => {
  server = await startTestGateway()
  const { pool } = server.gateway
  admin = await server.enter('relations', { standardObjects: false })
  await importSql(pool, admin.workspace.id, forServer(TABLES))
  const roleOf = async (label: string, tables: readonly string[]): Promise<Client> => {
    const role = await createRole(pool, admin.workspace.id, { label, ...ALL })
    await upsertObjectPermissions(
      pool,
      admin.workspace.id,
      role.id,
      tables.map((table) => ({ table, ...CLOSED })),
    )
    return server.client(admin.workspace, label)
  }
  // A limit elsewhere, so that this role's model is not the whole one either.
  open = await roleOf('open', ['elsewhere'])
  closed = await roleOf('closed', ['client', 'depot', 'desk'])
})
test.after.always(() => server?.close())

type Outcome = 'shown' | 'left out' | 'refused'
type Place = (client: Client, of: Case) => Promise<Outcome>

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

const refusal = ({ status, text }: Answer, { field, object }: Case): Outcome | null => {
  if (!text.includes('Entity performing the request does not have permission')) return null
  const isNamed =
    text.includes(`${field}\\" of ${object}`) && (status === 403 || text.startsWith('{"errors"'))
  if (!isNamed || text.includes(CLIENT) || text.includes('8191')) throw new Error(text)
  return 'refused'
}

/** A request that either succeeds or is refused. */
const asked = (ask: (client: Client, of: Case) => Promise<Answer>): Place => {
  return async (client, of) => {
    const answer = await ask(client, of)
    const refused = refusal(answer, of)
    if (refused !== null) return refused
    if (answer.status >= 300 || answer.body.errors !== undefined) throw new Error(answer.text)
    return 'shown'
  }
}

const query = (parameters: Readonly<Record<string, unknown>>): string =>
  `?${new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  )}`

const presence = (path: (of: Case) => string): Place => {
  return async (client, of) => {
    const { body, text, status } = await client.get(path(of))
    if (status !== 200) throw new Error(text)
    const [record] = body.data[of.plural]
    return of.field in record ? 'shown' : 'left out'
  }
}

/** Names of fields in a schema of the document. */
const documented = (schema: (of: Case) => string): Place => {
  return async (client, of) => {
    const { body } = await client.get('/rest/open-api/core')
    return JSON.stringify(body.components.schemas[schema(of)]).includes(`"${of.field}"`)
      ? 'shown'
      : 'left out'
  }
}

const introspected = (type: (of: Case) => string): Place => {
  return async (client, of) => {
    const { body, text } = await client.graphql(
      'query ($name: String!) { __type(name: $name) { fields { name } inputFields { name } } }',
      { name: type(of) },
    )
    if (body.errors !== undefined || body.data.__type === null) throw new Error(text)
    return JSON.stringify(body.data.__type).includes(`"${of.field}"`) ? 'shown' : 'left out'
  }
}

/** What a hidden field is, by place. */
const PLACES: readonly (readonly [string, Exclude<Outcome, 'shown'>, Place])[] = [
  ['REST list', 'left out', presence(({ plural }) => `/rest/${plural}`)],
  ['REST depth 1', 'left out', presence(({ plural }) => `/rest/${plural}?depth=1`)],
  ['REST fields', 'refused', asked((c, { plural, field }) => c.get(`/rest/${plural}?fields=${field}`))],
  [
    'REST filter',
    'refused',
    asked((c, { plural, field }) => c.get(`/rest/${plural}${query({ filter: `${field}[is]:NOT_NULL` })}`)),
  ],
  ['REST order', 'refused', asked((c, { plural, field }) => c.get(`/rest/${plural}?order_by=${field}`))],
  [
    'REST group',
    'refused',
    asked((c, { plural, field }) =>
      c.get(`/rest/${plural}/groupBy${query({ group_by: [{ [field]: true }] })}`),
    ),
  ],
  [
    'REST aggregate',
    'refused',
    asked((c, { plural, field }) =>
      c.get(
        `/rest/${plural}/groupBy${query({ group_by: [{ note: true }], aggregate: [`countUniqueValues${capital(field)}`] })}`,
      ),
    ),
  ],
  ['OpenAPI answer', 'left out', documented(({ object }) => `${capital(object)}ForResponse`)],
  ['introspection of the type', 'left out', introspected(({ object }) => capital(object))],
  ['introspection of the filter', 'left out', introspected(({ object }) => `${capital(object)}FilterInput`)],
  [
    'GraphQL selection',
    'refused',
    asked((c, { plural, field }) => c.graphql(`{ ${plural} { edges { node { note ${field} } } } }`)),
  ],
  [
    'GraphQL conditional selection',
    'refused',
    asked((c, { plural, field }) =>
      c.graphql(
        `query ($is: Boolean!) { ${plural} { edges { node { note ${field} @include(if: $is) } } } }`,
        {
          is: true,
        },
      ),
    ),
  ],
  [
    'GraphQL filter',
    'refused',
    asked((c, { plural, field }) =>
      c.graphql(`{ ${plural}(filter: { ${field}: { is: NOT_NULL } }) { totalCount } }`),
    ),
  ],
  [
    'GraphQL order',
    'refused',
    asked((c, { plural, field }) =>
      c.graphql(`{ ${plural}(orderBy: [{ ${field}: AscNullsFirst }]) { edges { node { note } } } }`),
    ),
  ],
  [
    'GraphQL group',
    'refused',
    asked((c, { plural, field }) =>
      c.graphql(`{ ${plural}GroupBy(groupBy: [{ ${field}: true }]) { totalCount } }`),
    ),
  ],
  [
    'GraphQL aggregate',
    'refused',
    asked((c, { plural, field }) => c.graphql(`{ ${plural} { countUniqueValues${capital(field)} } }`)),
  ],
]

for (const [name, hidden, place] of PLACES)
  test.serial(`${name}: the id of a closed object's record`, async (t) => {
    for (const of of CASES) {
      t.is(await place(open, of), 'shown', `open role, ${of.object}.${of.field}`)
      t.is(await place(closed, of), of.isHidden ? hidden : 'shown', `closed role, ${of.field}: ${of.why}`)
    }
  })

test.serial('a role may write the id of a record that it may not read, and is not shown it', async (t) => {
  const made = await closed.request('POST', '/rest/invoices', { clientId: SECOND, note: 'mine' })
  t.is(made.status, 201, made.text)
  const { id, ...rest } = made.body.data.createInvoice
  t.false('clientId' in rest || 'client' in rest)
  const stored = await admin.get(`/rest/invoices/${id}`)
  t.is(stored.body.data.invoice.clientId, SECOND)
  const updated = await closed.graphql(
    `mutation { updateInvoice(id: ${id}, data: { clientId: "${SECOND}", note: "changed" }) { id note } }`,
  )
  t.deepEqual(updated.body, { data: { updateInvoice: { id, note: 'changed' } } }, updated.text)
  const shown = await closed.graphql(
    `mutation { updateInvoice(id: ${id}, data: { note: "again" }) { clientId } }`,
  )
  t.regex(shown.body.errors[0].message, /"clientId" of invoice$/)
  t.is((await admin.get(`/rest/invoices/${id}`)).body.data.invoice.note, 'changed')
  t.is((await closed.request('PATCH', `/rest/invoices/${id}`, { clientId: NOWHERE })).status, 409)
})

test.serial('a unique conflict does not reveal a record that the role may not read', async (t) => {
  const take = (client: Client) => client.request('POST', '/rest/seats', { id: 3, deskId: 1 })
  const [named, unnamed] = [await take(open), await take(closed)]
  t.deepEqual([named.status, unnamed.status], [409, 409])
  t.is(String(named.body.conflictingRecordId), '2')
  t.is(unnamed.body.conflictingRecordId, undefined)
})

test.serial('relations to closed objects are left out at both ends and in paths', async (t) => {
  const [invoice] = (await closed.get('/rest/invoices?depth=1')).body.data.invoices
  t.false('client' in invoice)
  const [region] = (await closed.get('/rest/regions?depth=1')).body.data.regions
  t.deepEqual(
    Object.keys(region)
      .filter((name) => Array.isArray(region[name]))
      .toSorted(),
    ['clientRegions', 'parcels'],
  )
  t.false(JSON.stringify(region.parcels).includes('8191'))
  for (const [path, status] of [
    ['/rest/parcels?order_by=depot.name', 403],
    [`/rest/invoices?filter=client.name[eq]:Secret`, 403],
  ] as const)
    t.is((await closed.get(path)).status, status, path)
})
