// Reads the catalog of one schema as Postgres has it. tenants/model/read/derive.ts derives API names, field
// types and relations from it.

import { readFileSync } from 'node:fs'
import type { ClientBase, Pool } from 'pg'
import { ownFunctionNames } from '../placeholder.ts'

const CATALOG_SQL = readFileSync(new URL('catalog.sql', import.meta.url), 'utf8')

export interface CatalogColumn {
  readonly number: number
  readonly name: string
  /** Oid of the type, as text. */
  readonly type: string
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** Generated or `generated always as identity`: cannot be written. */
  readonly generated: boolean
  /** Declared number of array dimensions; Postgres does not enforce it. */
  readonly dimensions: number
  readonly comment: string | null
}

export interface CatalogRelation {
  readonly oid: string
  readonly name: string
  /** `relkind`: r table, p partitioned table, v view, m materialized view, f foreign table. */
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f'
  readonly comment: string | null
  /** Bits: 4 update, 8 insert, 16 delete; 32: a rule puts other statements in place of some. */
  readonly writes: number
  readonly columns: readonly CatalogColumn[]
}

export interface CatalogType {
  readonly oid: string
  readonly name: string
  readonly schema: string
  /** `typtype`: b base, c composite, d domain, e enum, r range, m multirange, p pseudo. */
  readonly kind: string
  /** Oid of a domain's base type. */
  readonly base: string | null
  /** Oid of an array's element type. */
  readonly element: string | null
  readonly notNull: boolean
  /** Oid of the table whose rows are of the type. */
  readonly relation?: string | null
  /** Enum labels in order. */
  readonly labels: readonly string[] | null
}

export interface CatalogFunction {
  readonly name: string
  /** `prokind`: f function, p procedure, a aggregate, w window function. */
  readonly kind: string
  /** `provolatile`: i immutable, s stable, v volatile. */
  readonly volatility: string
  /** Strict: returns null if any argument is null. */
  readonly strict: boolean
  /** Oid of the type, as text. */
  readonly returns: string
  readonly set: boolean
  /** Number of trailing arguments that have defaults. */
  readonly defaults: number
  /** `mode` as in `proargmodes`: i in, o out, b both, v variadic, t column of a table. */
  readonly arguments: readonly {
    readonly name: string | null
    readonly type: string
    readonly mode: string
  }[]
  readonly comment: string | null
  /** The arguments as `comment on function` names them. */
  readonly signature: string
  /** Version of the model in which the function got its name; null if not registered. */
  readonly namedVersion: number | null
  /** Of a function of a row: number of the last column that the table had then. */
  readonly lastColumn: number | null
}

export interface CatalogForeignKey {
  readonly name: string
  readonly relation: string
  readonly columns: readonly number[]
  readonly target: string
  readonly targetColumns: readonly number[]
  /** `confdeltype`: a no action, r restrict, c cascade, n set null, d set default. */
  readonly onDelete: string
  readonly comment: string | null
}

export interface CatalogUniqueIndex {
  readonly name: string
  readonly relation: string
  readonly columns: readonly number[]
  readonly primary: boolean
  readonly deferrable: boolean
  /** The `where` of a partial index. */
  readonly predicate: string | null
}

export interface Catalog {
  readonly schema: string
  readonly relations: readonly CatalogRelation[]
  readonly types: readonly CatalogType[]
  readonly foreignKeys: readonly CatalogForeignKey[]
  readonly uniqueIndexes: readonly CatalogUniqueIndex[]
  readonly functions: readonly CatalogFunction[]
}

/**
 * The schema's current catalog, or null if there is no such schema. One statement, so one snapshot. Source:
 * system catalogs as of Postgres 15 to 18.
 */
export const readCatalog = async (connection: ClientBase | Pool, schema: string): Promise<Catalog | null> => {
  const { rows } = await connection.query<{ catalog: string }>({
    name: 'tenantry_catalog',
    text: CATALOG_SQL,
    values: [schema, ownFunctionNames(schema)],
  })
  const text = rows[0]?.catalog
  return text === undefined ? null : { schema, ...(JSON.parse(text) as Omit<Catalog, 'schema'>) }
}
