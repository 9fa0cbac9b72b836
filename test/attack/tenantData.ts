// What an attacker may have picked up of another workspace: all its names and ids, plus invented ones of the
// same form, so that answers to both can be compared.

import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { describeModel } from '../../tenants/model/describe/describe.ts'
import type { Workspace } from '../../tenants/workspace.ts'
import { FIRST_SECRET, type Kind, OPEN_COMPANIES, recordId } from './records.ts'

export interface TenantData {
  readonly records: (kind: Kind) => readonly string[]
  /** Ids of objects, fields, indexes, roles, keys and of the workspace itself. */
  readonly objects: readonly string[]
  readonly fields: readonly string[]
  readonly roles: readonly string[]
  readonly keys: readonly string[]
  readonly workspaceId: string
  readonly subdomain: string
  readonly schemaName: string
  /** Plural and singular of an object that no other workspace has. */
  readonly ownObject: readonly [plural: string, singular: string]
  readonly idempotencyKey: string
}

const RECORDS_OF: Readonly<Record<Kind, readonly number[]>> = {
  company: [...Array.from({ length: OPEN_COMPANIES }, (_, index) => index + 1), FIRST_SECRET],
  person: [1, 2, 3, 4, 5, 6, 7, 8],
  opportunity: [1, 2, 3],
  note: [1, 2, 3, 4],
  task: [1, 2, 3, 4],
  note_target: [1, 2, 3, 4],
}

export const recordsOf =
  (prefix: string) =>
  (kind: Kind): readonly string[] =>
    RECORDS_OF[kind].map((n) => recordId(prefix, kind, n))

const idsIn = async (pool: Pool, text: string, workspaceId: string): Promise<readonly string[]> =>
  (await pool.query<{ id: string }>(text, [workspaceId])).rows.map(({ id }) => id)

export const tenantDataOf = async (
  pool: Pool,
  workspace: Workspace,
  { prefix, ownObject }: { readonly prefix: string; readonly ownObject: TenantData['ownObject'] },
): Promise<TenantData> => {
  const { objects } = await describeModel(pool, workspace.id)
  return {
    records: recordsOf(prefix),
    objects: objects.map(({ id }) => id),
    fields: objects.flatMap(({ fields }) => fields.map(({ id }) => id)),
    roles: await idsIn(pool, 'select id from tenantry.roles where workspace_id = $1', workspace.id),
    keys: await idsIn(pool, 'select id from tenantry.api_keys where workspace_id = $1', workspace.id),
    workspaceId: workspace.id,
    subdomain: workspace.subdomain,
    schemaName: workspace.schemaName,
    ownObject,
    idempotencyKey: `of ${workspace.subdomain}`,
  }
}

/** As many of everything, all invented. */
export const unknownTenantData = (data: TenantData): TenantData => {
  const unknownIds = (ids: readonly string[]): readonly string[] => ids.map(() => randomUUID())
  return {
    records: recordsOf('0199dead'),
    objects: unknownIds(data.objects),
    fields: unknownIds(data.fields),
    roles: unknownIds(data.roles),
    keys: unknownIds(data.keys),
    workspaceId: randomUUID(),
    subdomain: 'nobodys',
    schemaName: 'w_nobody_00000000',
    ownObject: ['zqxnobodies', 'zqxnobody'],
    idempotencyKey: 'of nobody',
  }
}
