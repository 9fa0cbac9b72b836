// The functions of the control schema, one file each in functions/. A file is applied when its hash differs
// from the one recorded in the database, unless a newer gateway recorded it: `release.json` numbers the state
// of all files and rises with every change.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'

const directory = new URL('functions/', import.meta.url)

/** SHA-256 in hexadecimal digits. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

interface FunctionFile {
  readonly name: string
  readonly sql: string
  readonly hash: string
}

export const functionFiles: readonly FunctionFile[] = readdirSync(directory)
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .map((name) => {
    const sql = readFileSync(new URL(name, directory), 'utf8')
    return { name, sql, hash: hashOf(sql) }
  })

/** SHA-256 over the event triggers and all function files, to which a release number belongs. */
export const functionsDigest = (): string =>
  hashOf(
    [
      readFileSync(new URL('event_trigger.sql', import.meta.url), 'utf8'),
      ...functionFiles.map(({ hash }) => hash),
    ].join('\n'),
  )

interface FunctionRelease {
  readonly release: number
  readonly digest: string
}

const isRelease = (value: unknown): value is FunctionRelease =>
  typeof value === 'object' && value !== null && 'release' in value && typeof value.release === 'number'

/** This gateway's release number, and the digest it was assigned to. */
export const functionRelease = (): FunctionRelease => {
  const value: unknown = JSON.parse(readFileSync(new URL('release.json', directory), 'utf8'))
  if (!isRelease(value)) throw new Error('sql/functions/release.json has no release number.')
  return value
}

const { release } = functionRelease()

/**
 * Whether a newer gateway has applied its functions to this database. They are kept: they serve older
 * gateways too.
 */
export const areFunctionsNewer = async (client: pg.ClientBase): Promise<boolean> => {
  const { rows } = await client.query<{ newer: boolean | null }>(
    'select max(release) > $1 as newer from tenantry.functions',
    [release],
  )
  return rows[0]?.newer === true
}

interface PendingFunctions {
  readonly release: number
  /** Names of the files that the next start applies. */
  readonly names: readonly string[]
}

/** Reads without changing anything. */
export const readPendingFunctions = async (client: pg.ClientBase): Promise<PendingFunctions> => {
  const { rows: found } = await client.query<{ there: boolean }>(
    `select to_regclass('tenantry.functions') is not null as there`,
  )
  if (found[0]?.there !== true) return { release, names: functionFiles.map(({ name }) => name) }
  if (await areFunctionsNewer(client)) return { release, names: [] }
  const { rows } = await client.query<{ name: string; hash: string }>(
    'select name, hash from tenantry.functions',
  )
  const recorded = new Map(rows.map(({ name, hash }) => [name, hash]))
  return {
    release,
    names: functionFiles.filter(({ name, hash }) => recorded.get(name) !== hash).map(({ name }) => name),
  }
}

/** Applies the files that differ from the recorded ones. Runs in the caller's transaction, under its lock. */
export const applyFunctions = async (client: pg.ClientBase): Promise<void> => {
  await client.query(`create table if not exists tenantry.functions (
    name text primary key,
    hash text not null,
    release integer not null,
    applied_at timestamptz not null default now()
  )`)
  const { names } = await readPendingFunctions(client)
  const changed = functionFiles.filter(({ name }) => names.includes(name))
  if (changed.length === 0) return
  // Functions call each other, so their files have no order.
  await client.query('set local check_function_bodies = off')
  for (const { name, sql, hash } of changed) {
    await client.query(sql)
    await client.query(
      `insert into tenantry.functions (name, hash, release) values ($1, $2, $3)
       on conflict (name) do update set hash = excluded.hash, release = excluded.release, applied_at = now()`,
      [name, hash, release],
    )
  }
}

const UUIDV7_SERVER = 18

/**
 * Makes `tenantry.uuidv7()`, unless it is there: migrations need it.
 * @param version major version of Postgres
 */
export const makeUuidv7 = async (client: pg.ClientBase, version: number): Promise<void> => {
  const file = version >= UUIDV7_SERVER ? 'uuidv7_builtin.sql' : 'uuidv7.sql'
  const sql = readFileSync(new URL(file, import.meta.url), 'utf8')
  const { rows } = await client.query<{ body: string }>(
    `select prosrc as body from pg_proc where oid = to_regprocedure('tenantry.uuidv7()')`,
  )
  if (rows[0] === undefined || !sql.includes(rows[0].body)) await client.query(sql)
}
