// A workspace whose data model a test changes: short ways to its objects and fields, and to its tables in
// SQL.

import type { Pool } from 'pg'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import type { CreateFieldInput } from '../../tenants/model/change/check/input.ts'
import { MetadataRefusal } from '../../tenants/model/change/check/metadataRefusal.ts'
import { createField } from '../../tenants/model/change/field/field.ts'
import { createObject } from '../../tenants/model/change/object/object.ts'
import { runBuilds } from '../../tenants/model/change/run/runBuilds.ts'
import { describeModel } from '../../tenants/model/describe/describe.ts'
import type { FieldMetadata, ModelMetadata, ObjectMetadata } from '../../tenants/model/metadata.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { type OpenTestDatabase, openTestDatabase } from './database.ts'
import { clusterOfTests } from './environment.ts'
import { until } from './until.ts'

export const objectIn = (model: ModelMetadata, name: string): ObjectMetadata => {
  const found = model.objects.find((object) => object.nameSingular === name)
  if (found === undefined) throw new Error(`There is no object ${name}.`)
  return found
}

export const fieldIn = (model: ModelMetadata, object: string, name: string): FieldMetadata => {
  const found = objectIn(model, object).fields.find((field) => field.name === name)
  if (found === undefined) throw new Error(`There is no field ${object}.${name}.`)
  return found
}

/** The faults' messages of a refused change. */
export const refusalOf = async (change: Promise<unknown>): Promise<readonly string[]> => {
  try {
    await change
  } catch (error) {
    if (error instanceof MetadataRefusal) return error.faults.map((fault) => fault.message)
    throw error
  }
  throw new Error('It was not refused.')
}

/** Runs builds until none waits: on a busy machine another session may hold a table for a moment. */
export const finishBuilds = (pool: Pool): Promise<void> =>
  until('all builds have ended', async () => {
    await runBuilds(pool)
    const sql = `update tenantry.unfinished_steps set not_before = now() where state in ('pending', 'running')`
    return (await pool.query(sql)).rowCount === 0
  })

interface OpenModelOptions {
  /** Default: one of its own. */
  readonly database?: Pick<OpenTestDatabase, 'pool' | 'ownerUrl'>
  readonly standardObjects?: boolean
}

export const openModel = async (
  t: { teardown(work: () => Promise<void>): void },
  { database: shared, standardObjects = true }: OpenModelOptions = {},
) => {
  const own = shared === undefined ? await openTestDatabase() : undefined
  if (own !== undefined) t.teardown(own.close)
  const database = shared ?? own
  if (database === undefined) throw new Error('There is no database.')
  const pool: Pool = database.pool
  const workspace = await createWorkspace(pool, { name: 'O\'Brien "x"', standardObjects })
  const schema = quoteIdentifier(workspace.schemaName)
  const describe = () => describeModel(pool, workspace.id)
  const idOf = async (object: string) => objectIn(await describe(), object).id
  /** Runs SQL in which `@.` stands for the workspace's schema. */
  const sql = async (text: string, values?: readonly unknown[]) =>
    (await pool.query(text.replaceAll('@.', `${schema}.`), values === undefined ? undefined : [...values]))
      .rows
  /** Resolves when the node of a cluster has counted so many rows, as it does up to ten seconds later. */
  const counts = async (table: string, least: number) => {
    const sizes = `select records from tenantry.shard_sizes(array[$1]::name[], false) where relation = $2::regclass`
    const values = [workspace.schemaName, `${schema}.${quoteIdentifier(table)}`]
    await until('the size is known', async () =>
      (await sql(sizes, values)).every(({ records }) => records >= least),
    )
  }
  return {
    pool,
    workspace,
    ownerUrl: database.ownerUrl,
    describe,
    idOf,
    sql,
    counts,
    /** Resolves when the server estimates at least so many rows of a table. */
    grownTo: async (table: string, least: number) => {
      if (clusterOfTests() !== null) await sql(`analyze @.${quoteIdentifier(table)}`)
      await counts(table, least)
    },
    makeObject: (name: string, more: { readonly skipNameField?: boolean } = {}) =>
      createObject(pool, workspace.id, {
        nameSingular: name,
        namePlural: `${name}s`,
        labelSingular: name,
        labelPlural: `${name}s`,
        ...more,
      }),
    makeField: async (
      object: string,
      input: Omit<CreateFieldInput, 'objectMetadataId' | 'label'> & { readonly label?: string },
    ) =>
      createField(pool, workspace.id, {
        label: input.name,
        ...input,
        objectMetadataId: await idOf(object),
      }),
  }
}
