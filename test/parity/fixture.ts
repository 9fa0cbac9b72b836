// The data of the questions: the standard objects with lifelike records, some of them in the trash, and the
// hostile fixture with a few rows.

import { readFileSync } from 'node:fs'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { bindSchema } from '../../sql/placeholder.ts'
import { insertDemo } from '../../tenants/demo.ts'
import { importSql } from '../../tenants/importSql.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { upsertFieldPermissions, upsertObjectPermissions } from '../../tenants/permission/object.ts'
import { readPermissions } from '../../tenants/permission/permissions.ts'
import { createRole } from '../../tenants/permission/role.ts'
import type { Client, TestGateway } from '../support/gateway.ts'
import { type Ask, createAsk, type Row } from './protocols.ts'
import { type Leaf, leaves, type Samples } from './question.ts'

const HOSTILE = readFileSync(new URL('../fixtures/hostile.sql', import.meta.url), 'utf8')
const ROWS = `
insert into "Order Line" ("Order Id", "Line-No", "drop table x; --", mood, moods, stars, mail, quantity)
  select n / 3, n % 3, case n % 4 when 0 then null else 'x; drop ' || n end, (enum_range(null::"Mood ""x"""))[n % 4],
    (enum_range(null::"Mood ""x"""))[1 : n % 4], (enum_range(null::rating))[n % 5], case when n % 2 = 0 then n || '@x.test' end, n % 5
  from generate_series(0, 20) n;
insert into string (name, "select", "and", payload, raw, duration, span, address, numbers, tags, big, exact, single, at, local, day, clock, flag, "a$1", "постоянный")
  select case n % 5 when 0 then null when 1 then '' else 'n' || n end, 'it''s ' || n, 'and(' || n % 3, json_build_object('a', n), '\\x01', make_interval(hours => n),
    int4range(n, n + 5), '10.0.0.0/8', array[n, 2], array['x,y', 'z"'], 9007199254740990 + n, 0.1 * (n % 7), 1.5 * (n % 4),
    '2026-01-01T00:00:00.1234Z'::timestamptz + make_interval(days => n % 6), '2026-01-01T00:00:00'::timestamp + make_interval(hours => n % 6),
    '2026-02-03'::date + n % 4, '10:11:12', (array[true, false, null])[n % 3 + 1], 'a' || n % 2, 'ü' || n % 2
  from generate_series(1, 30) n;
update string set parent_id = id % 7 + 1 where id % 3 > 0;
insert into news select 'slug ' || n, 'T' || n % 4, case when n % 2 = 0 then n end, n % 5 + 1 from generate_series(1, 15) n;
insert into line_note (order_id, line_no, body, deleted_at) select n / 3, n % 3, 'b' || n % 4, case when n % 4 = 0 then now() end from generate_series(0, 12) n;
insert into company select n, case when n % 2 = 0 then 'c' || n end from generate_series(1, 9) n;
insert into shop (code, hq_city, hq_lat, turnover_amount_micros) select 'c' || n, case when n % 3 > 0 then 'City ' || n end, n * 1.5, n % 4 from generate_series(1, 12) n;
insert into counted (label) select 'l' || n from generate_series(1, 6) n;
insert into parted select n, '2026-01-01'::date + n % 3, 'p' || n % 2 from generate_series(1, 9) n;
`

/** In a transaction with the rest: without records in the trash a filter on it would prove nothing. */
const TRASHED = ['company', 'person', 'opportunity', 'task'].map(
  (table) => `update "__WS__"."${table}" set deleted_at = now() where right(id::text, 1) in ('0', '5', 'a')`,
)

export interface Subject {
  readonly object: ObjectModel
  readonly leaves: readonly Leaf[]
  readonly samples: Samples
  readonly ask: Ask
}

const valuesAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as Row)[name] : undefined),
    value,
  )

const samplesOf = (all: readonly Leaf[], records: readonly Row[]): Samples =>
  new Map(
    all.map(({ path }) => {
      const values = records.map((record) => valuesAt(record, path)).filter((value) => value !== undefined)
      return [
        path.join('.'),
        [...new Map(values.map((value) => [JSON.stringify(value), value])).values()].slice(0, 20),
      ]
    }),
  )

export const modelOf = async (server: TestGateway, client: Client, standard: boolean): Promise<Model> => {
  const catalog = await readCatalog(server.gateway.pool, client.workspace.schemaName)
  if (catalog === null) throw new Error('The workspace has no schema.')
  return deriveModel(catalog, { standard })
}

/** Objects that both protocols show and whose records have an order. */
export const subjectsOf = async (client: Client, model: Model): Promise<readonly Subject[]> => {
  const { body } = await client.graphql('{ __schema { queryType { fields { name } } } }')
  const shown = new Set(body.data.__schema.queryType.fields.map(({ name }: { name: string }) => name))
  const objects = model.objects.filter(({ namePlural, key }) => shown.has(namePlural) && key.length > 0)
  return Promise.all(
    objects.map(async (object) => {
      const own = leaves(model, object)
      const { body: page } = await client.get(`/rest/${object.namePlural}?limit=200&depth=1`)
      return {
        object,
        leaves: own,
        samples: samplesOf(own, page.data[object.namePlural]),
        ask: createAsk(client, object),
      }
    }),
  )
}

/**
 * The same questions for a restricted role. They stay questions about the whole object: the protocols must
 * refuse alike, too.
 */
export const restrictedSubjects = (
  subjects: readonly Subject[],
  client: Client,
  seen: Model,
): readonly Subject[] =>
  subjects.flatMap((subject) => {
    const object = seen.byTable.get(subject.object.table)
    return object === undefined || object.fields.size === 0
      ? []
      : [{ ...subject, ask: createAsk(client, object) }]
  })

const HIDDEN: readonly (readonly [table: string, column: string])[] = [
  ['person', 'job_title'],
  ['person', 'name_last_name'],
  ['person', 'company_id'],
  ['company', 'name'],
  ['company', 'address_city'],
  ['opportunity', 'amount_amount_micros'],
  ['opportunity', 'point_of_contact_id'],
  ['note', 'position'],
]

/** Everything but some fields of each kind, and but members, whom every object points to. */
export const restrict = async (server: TestGateway, { workspace }: Client) => {
  const { pool } = server.gateway
  const role = await createRole(pool, workspace.id, {
    label: 'O\'Brien "restricted"',
    canReadAllObjectRecords: true,
  })
  await upsertObjectPermissions(pool, workspace.id, role.id, [{ table: 'workspace_member', canRead: false }])
  await upsertFieldPermissions(
    pool,
    workspace.id,
    role.id,
    HIDDEN.map(([table, column]) => ({ table, column, canRead: false })),
  )
  const client = await server.client(workspace, role.label)
  const permissions = await readPermissions(pool, role.id)
  if (permissions === null) throw new Error('The role is gone.')
  return { client, permissions }
}

export const enterStandard = async (server: TestGateway): Promise<Client> => {
  const client = await server.enter()
  const { pool } = server.gateway
  await insertDemo(pool, client.workspace.id, { now: new Date('2026-07-01T12:00:00Z') })
  for (const statement of TRASHED) await pool.query(bindSchema(statement, client.workspace.schemaName))
  return client
}

export const enterHostile = async (server: TestGateway): Promise<Client> => {
  const client = await server.enter('O\'Brien "x"', { standardObjects: false })
  await importSql(server.gateway.pool, client.workspace.id, HOSTILE + ROWS)
  return client
}
