// A workspace with hostile names, one record of everything, and a key for each role of matrix.md.

import { importSql } from '../../tenants/importSql.ts'
import { upsertFieldPermissions, upsertObjectPermissions } from '../../tenants/permission/object.ts'
import { type RowRuleInput, upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole, type RoleInput } from '../../tenants/permission/role.ts'
import type { Client, TestGateway } from '../support/gateway.ts'

const READS = { canReadAllObjectRecords: true }
const ALL = {
  ...READS,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
}
const CLOSED = { canRead: false, canCreate: false, canUpdate: false, canSoftDelete: false, canDestroy: false }

const TABLES = `
create table "Pay Slip; --" (
  "Emp Id" integer,
  "Line-No" integer,
  "drop table x; --" text,
  "secret ""x""" text,
  company_id uuid references company,
  primary key ("Emp Id", "Line-No")
);
comment on table "Pay Slip; --" is '@name paySlip paySlips';
create view "bar""gain" as select id, name from company;
comment on view "bar""gain" is '@name bargain bargains';
`

const ROLES: Readonly<Record<string, Omit<RoleInput, 'label'>>> = {
  all: ALL,
  reader: READS,
  maker: { ...READS, canCreateAllObjectRecords: true },
  cleaner: { ...READS, canSoftDeleteAllObjectRecords: true },
  seller: ALL,
  lister: { ...ALL, listsFields: true },
  boxed: ALL,
  ruled: ALL,
}
export const ROLE_NAMES = Object.keys(ROLES)

const hidden = (table: string, column: string) => ({ table, column, canRead: false, canUpdate: false })
const listed = (table: string, column: string) => ({ table, column, canRead: true })

const FIELDS: Readonly<Record<string, Parameters<typeof upsertFieldPermissions>[3]>> = {
  seller: [
    hidden('person', 'job_title'),
    hidden('person', 'emails_primary_email'),
    hidden('company', 'annual_revenue_amount_micros'),
    { table: 'company', column: 'address_city', canUpdate: false },
    hidden('Pay Slip; --', 'secret "x"'),
  ],
  lister: [
    listed('company', 'name'),
    listed('person', 'name_first_name'),
    listed('person', 'name_last_name'),
    listed('person', 'company_id'),
  ],
}
/** No person lives in Rome, and a key has no job. */
const RULES: Readonly<Record<string, Readonly<Record<string, RowRuleInput>>>> = {
  ruled: {
    company: { column: 'address_city', operand: 'IS', value: 'Rome' },
    person: { column: 'job_title', operand: 'IS', memberColumn: 'job_title' },
  },
}
const CLOSED_TABLES: Readonly<Record<string, string>> = { seller: 'note', boxed: 'company' }

export interface World {
  readonly admin: Client
  readonly roles: Readonly<Record<string, Client>>
  /** Ids of one record of each object. */
  readonly ids: Readonly<Record<'company' | 'person' | 'note' | 'noteTarget', string>>
}

export const labelOf = (role: string): string => `O'Brien's "${role}"; --`

const giveRole = async (server: TestGateway, admin: Client, name: string): Promise<Client> => {
  const { pool } = server.gateway
  const { workspace } = admin
  const role = await createRole(pool, workspace.id, { label: labelOf(name), ...ROLES[name] })
  const table = CLOSED_TABLES[name]
  if (table !== undefined) await upsertObjectPermissions(pool, workspace.id, role.id, [{ table, ...CLOSED }])
  if (FIELDS[name] !== undefined) await upsertFieldPermissions(pool, workspace.id, role.id, FIELDS[name])
  for (const [each, rule] of Object.entries(RULES[name] ?? {}))
    await upsertRowRules(pool, workspace.id, role.id, each, { rules: [rule], groups: [] })
  return server.client(workspace, role.label)
}

const makeRecords = async (admin: Client): Promise<World['ids']> => {
  const create = async (plural: string, data: unknown): Promise<string> => {
    const { body } = await admin.request('POST', `/rest/${plural}`, data)
    const [record] = Object.values<{ id: string }>(body.data)
    return record?.id ?? ''
  }
  const company = await create('companies', {
    name: 'Acme',
    domainName: { primaryLinkUrl: 'https://acme.test' },
    annualRevenue: { amountMicros: '1000000', currencyCode: 'EUR' },
    address: { addressCity: 'Paris' },
  })
  const person = await create('people', {
    name: { firstName: 'Ada', lastName: 'Byron' },
    emails: { primaryEmail: 'ada@acme.test' },
    jobTitle: 'Countess',
    companyId: company,
  })
  const note = await create('notes', { title: 'Met Ada' })
  const noteTarget = await create('noteTargets', { noteId: note, targetPersonId: person })
  await create('paySlips', { empId: 1, lineNo: 1, dropTableX: 'x', secretX: 'rich', companyId: company })
  return { company, person, note, noteTarget }
}

export const makeWorld = async (server: TestGateway): Promise<World> => {
  const admin = await server.enter()
  await importSql(server.gateway.pool, admin.workspace.id, TABLES)
  const roles: Record<string, Client> = {}
  for (const name of ROLE_NAMES) roles[name] = await giveRole(server, admin, name)
  return { admin, roles, ids: await makeRecords(admin) }
}
