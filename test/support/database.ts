// Test databases: each is a clone of the template that test/run.ts has migrated, and is dropped after its
// test.
//
//   test('…', async (t) => { const { pool } = await createTestDatabase(t) … })       one for a test
//   const db = await openTestDatabase(); test.after.always(() => db.close())         one for a file

import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { gatewayUrl } from '../../sql/gatewayRole.ts'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { adminUrl, clusterOfTests, SECRET_KEY, template } from './environment.ts'

/** Many tests share a pool: a machine that is busy is not a database that is away. */
export const PATIENT_MS = 60_000

export interface TestDatabase {
  readonly name: string
  readonly ownerUrl: string
  /** The request path's login. */
  readonly gatewayUrl: string
  readonly secretKey: string
  readonly pool: pg.Pool
}

export interface OpenTestDatabase extends TestDatabase {
  close(): Promise<void>
}

export const asAdmin = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: adminUrl() })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export const urlOfDatabase = (serverUrl: string, name: string): string => {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

export const workspaceRoles = async (pool: pg.Pool): Promise<string[]> => {
  try {
    const { rows } = await pool.query<{ role: string }>(
      `select rolname as role from pg_roles
       where rolname in (select pg_role from tenantry.roles union select schema_name || '_admin' from tenantry.workspaces)`,
    )
    return rows.map(({ role }) => role)
  } catch {
    // Never migrated, or broken by its test on purpose.
    return []
  }
}

export interface TestDatabaseOptions {
  /** False: an empty database, without the control schema. */
  readonly isMigrated?: boolean
}

export const openTestDatabase = async ({
  isMigrated = true,
}: TestDatabaseOptions = {}): Promise<OpenTestDatabase> => {
  const cluster = clusterOfTests()
  if (cluster !== null) return (await import('./citus.ts')).openCitusDatabase(cluster, { isMigrated })
  const name = `test_${randomBytes(6).toString('hex')}`
  const source = quoteIdentifier(isMigrated ? template() : 'template0')
  // Copying files takes a third of the time that copying pages through the log takes.
  const sql = `create database ${quoteIdentifier(name)} template ${source} strategy file_copy`
  await asAdmin((client) => client.query(sql))
  const ownerUrl = urlOfDatabase(adminUrl(), name)
  const pool = createOwnerPool(ownerUrl, { size: 12, waitMs: PATIENT_MS })
  const close = async (): Promise<void> => {
    // Roles belong to the server: those of this database's workspaces would outlive it.
    const roles = await workspaceRoles(pool)
    await pool.end()
    await asAdmin(async (client) => {
      await client.query(`drop database if exists ${quoteIdentifier(name)} with (force)`)
      for (const role of roles) await client.query(`drop role if exists ${quoteIdentifier(role)}`)
    })
  }
  return { name, ownerUrl, gatewayUrl: gatewayUrl(ownerUrl, SECRET_KEY), secretKey: SECRET_KEY, pool, close }
}

/** A database of the test's own, dropped when the test ends. */
export const createTestDatabase = async (
  t: { teardown(work: () => Promise<void>): void },
  options?: TestDatabaseOptions,
): Promise<TestDatabase> => {
  const database = await openTestDatabase(options)
  t.teardown(database.close)
  return database
}
