// A workspace that keeps secrets from two of its roles: a hidden object, hidden fields, hidden records and an
// object that may not be written; one role by exceptions, one by a list of what it sees. Made with the same
// ids wherever the prefix is the same.

import type { Pool } from 'pg'
import {
  type FieldPermissionInput,
  upsertFieldPermissions,
  upsertObjectPermissions,
} from '../../tenants/permission/object.ts'
import { upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole } from '../../tenants/permission/role.ts'
import type { Client, TestGateway } from '../support/gateway.ts'
import { insertRecords, type Marks } from './records.ts'

const ALL = {
  canReadAllObjectRecords: true,
  canUpdateAllObjectRecords: true,
  canSoftDeleteAllObjectRecords: true,
  canDestroyAllObjectRecords: true,
}
const NOTHING = { canUpdate: false, canSoftDelete: false, canDestroy: false }

const HIDDEN: readonly FieldPermissionInput[] = [
  { table: 'company', column: 'address_city', canRead: false },
  { table: 'company', column: 'annual_revenue_amount_micros', canRead: false },
  { table: 'person', column: 'job_title', canRead: false },
]
const LISTED: readonly FieldPermissionInput[] = [
  ...['name', 'address_state', 'domain_name_primary_link_url', 'position'].map((column) => ({
    table: 'company',
    column,
    canRead: true,
  })),
  ...['name_first_name', 'name_last_name', 'company_id'].map((column) => ({
    table: 'person',
    column,
    canRead: true,
  })),
  { table: 'note', column: 'title', canRead: true },
]

const hideCompanies = (pool: Pool, workspaceId: string, roleId: string): Promise<unknown> =>
  upsertRowRules(pool, workspaceId, roleId, 'company', {
    rules: [{ column: 'address_state', operand: 'IS', value: 'open' }],
    groups: [],
  })

export interface Keeper {
  readonly admin: Client
  /** Keys of the two roles. */
  readonly tokens: readonly string[]
}

export const keepSecrets = async (server: TestGateway, prefix: string, marks: Marks): Promise<Keeper> => {
  const { pool } = server.gateway
  const admin = await server.enter()
  const { workspace } = admin
  await insertRecords(pool, workspace.schemaName, prefix, marks)
  const excepted = await createRole(pool, workspace.id, { label: 'Excepted', ...ALL })
  await upsertObjectPermissions(pool, workspace.id, excepted.id, [
    { table: 'opportunity', canRead: false, ...NOTHING },
    { table: 'task', ...NOTHING },
  ])
  await upsertFieldPermissions(pool, workspace.id, excepted.id, HIDDEN)
  const listed = await createRole(pool, workspace.id, { label: 'Listed', ...ALL, listsFields: true })
  await upsertFieldPermissions(pool, workspace.id, listed.id, LISTED)
  for (const { id } of [excepted, listed]) await hideCompanies(pool, workspace.id, id)
  const clients = await Promise.all(['Excepted', 'Listed'].map((label) => server.client(workspace, label)))
  return { admin, tokens: clients.map(({ token }) => token) }
}

/** What of a table neither role may change, as SQL that gives one text a row. */
export const untouchable = (table: string): string => {
  if (table.endsWith('.company') || table.endsWith('."company"'))
    return `select case when address_state = 'open' then jsonb_build_array(id, address_city, annual_revenue_amount_micros) else to_jsonb(c) end::text
      from ${table} c where created_at < '2026-01-02'`
  if (table.endsWith('"person"')) return `select jsonb_build_array(id, job_title)::text from ${table}`
  if (table.endsWith('"opportunity"') || table.endsWith('"task"')) return `select t::text from ${table} t`
  return `select '' from ${table} where false`
}
