// A workspace made by plain SQL, for tests of the layer below the domain: its row, its schema, its role, two
// tables. The names are hostile on purpose.

import { randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { GATEWAY_ROLE } from '../../sql/gatewayRole.ts'
import type { Session } from '../../sql/pipeline/pool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'

export interface TestWorkspace {
  readonly id: string
  readonly schema: string
  readonly role: string
  /** The schema, quoted. */
  readonly q: string
  readonly session: Session
}

export const createTestWorkspace = async (pool: pg.Pool): Promise<TestWorkspace> => {
  const suffix = randomBytes(4).toString('hex')
  const id = randomUUID()
  const schema = `w_O'Brien "x" ${suffix}`
  const role = `${schema}_admin`
  const q = quoteIdentifier(schema)
  await pool.query(
    `insert into tenantry.workspaces (id, name, subdomain, schema_name) values ($1, 'O''Brien "x"', $2, $3)`,
    [id, `w${suffix}`, schema],
  )
  await pool.query(
    `insert into tenantry.roles (workspace_id, label, pg_role, can_read_all_object_records, can_update_all_object_records,
       can_soft_delete_all_object_records, can_destroy_all_object_records)
     values ($1, 'Admin', $2, true, true, true, true)`,
    [id, role],
  )
  await pool.query(`
    create role ${quoteIdentifier(role)} nologin;
    grant ${quoteIdentifier(role)} to ${GATEWAY_ROLE};
    create schema ${q};
    grant usage on schema ${q} to ${quoteIdentifier(role)};
    create table ${q}."Company" (id int primary key, name text, employees int);
    insert into ${q}."Company" select n, 'company ' || n, n * 10 from generate_series(1, 20) n;
    grant select, insert, update, delete on ${q}."Company" to ${quoteIdentifier(role)};
  `)
  const session = {
    schema,
    workspace: id,
    version: 1,
    role,
    claims: `{"workspace":"${id}"}`,
    timeoutMs: 5_000,
    maxLongStatements: 4,
  }
  return { id, schema, role, q, session }
}
