// Reads what describing and changing a schema needs beyond its catalog: defaults, indexes, sizes. Requests
// for records never need it.

import { readFileSync } from 'node:fs'
import type { ClientBase, Pool } from 'pg'

const DETAILS_SQL = readFileSync(new URL('catalogDetails.sql', import.meta.url), 'utf8')

export interface CatalogIndex {
  readonly oid: string
  readonly name: string
  readonly relation: string
  /** Access method: btree, gin, … */
  readonly method: string
  readonly unique: boolean
  readonly primary: boolean
  readonly valid: boolean
  /** Belongs to a primary key, unique or exclusion constraint and cannot be dropped by itself. */
  readonly hasConstraint: boolean
  /** Attribute numbers; 0 stands for an expression. */
  readonly columns: readonly number[]
  /** `indoption`, one a key: 1 descending, 2 nulls first. */
  readonly options: readonly number[]
  /** Names of the operator classes. */
  readonly classes: readonly string[]
  readonly predicate: string | null
  /** Row of tenantry.unfinished_steps, for an index that is not in the catalog yet. */
  readonly plannedBy?: string
}

/** Column attributes that depend on the kind of table, by attribute number. */
export interface TableKind {
  readonly relation: string
  /** A typed table (`create table … of …`). */
  readonly typed: boolean
  readonly inherited: readonly number[]
  /** Columns that a parent table requires; recorded by Postgres since version 18. */
  readonly inheritedNotNull: readonly number[]
  /** Columns of the partition key and of its expressions. */
  readonly partitionedBy: readonly number[]
  /** Of a partitioned table; 0 stands for an expression. */
  readonly partitionKey: readonly number[]
}

export interface CatalogDetails {
  /** As `server_version_num`. */
  readonly serverVersion: number
  /** Its tables may be on another node. */
  readonly hasCitus: boolean
  /** `reltuples` as of the last vacuum or analyse, -1 before the first. */
  readonly sizes: readonly { readonly relation: string; readonly bytes: number; readonly rows: number }[]
  /** Of typed, inheriting and partitioned tables. */
  readonly kinds: readonly TableKind[]
  /** Defaults, and expressions of generated columns. */
  readonly defaults: readonly {
    readonly relation: string
    readonly column: number
    readonly expression: string
  }[]
  readonly indexes: readonly CatalogIndex[]
  /** Schema of the extension pg_trgm; null if it is not installed. */
  readonly trigramSchema: string | null
  readonly ownedSequences: readonly {
    readonly relation: string
    readonly column: number
    readonly name: string
  }[]
  /** Names of sequences, composite types, partitions and their indexes: none of them is part of a model. */
  readonly otherRelations: readonly string[]
  /** Names of enum types, domains and ranges, and of their array types. */
  readonly types: readonly string[]
  /** Of tables; without primary keys. */
  readonly constraints: readonly { readonly relation: string; readonly name: string }[]
}

/** Of distributed tables, by the node that holds them: estimates, which take no lock. */
const SHARD_SIZES_SQL = `select relation::text as relation, coalesce(bytes, 0) as bytes, coalesce(records, -1) as rows
  from tenantry.shard_sizes(array[$1]::name[], false)`

const withShardSizes = async (
  connection: ClientBase | Pool,
  schema: string,
  details: CatalogDetails,
): Promise<CatalogDetails> => {
  const { rows } = await connection.query<CatalogDetails['sizes'][number]>(SHARD_SIZES_SQL, [schema])
  const byRelation = new Map(rows.map((size) => [size.relation, size]))
  return { ...details, sizes: details.sizes.map((size) => byRelation.get(size.relation) ?? size) }
}

/** Source: system catalogs as of Postgres 15 to 18. */
export const readCatalogDetails = async (
  connection: ClientBase | Pool,
  schema: string,
): Promise<CatalogDetails | null> => {
  const { rows } = await connection.query<{ details: string }>({
    name: 'tenantry_catalog_details',
    text: DETAILS_SQL,
    values: [schema],
  })
  const text = rows[0]?.details
  if (text === undefined) return null
  const details = JSON.parse(text) as CatalogDetails
  return details.hasCitus ? withShardSizes(connection, schema, details) : details
}
