// Plain values between a definition and SQL text: columns, enum types, keys and indexes. A field has the same
// plan whether its table is being created (ddl.ts) or exists already. SQL fragments name the workspace's
// schema by the placeholder of sql/placeholder.ts.

import type { RelationDefinition } from '../definition.ts'

export interface EnumPlan {
  readonly name: string
  readonly labels: readonly string[]
  readonly comment: string
}

export interface ColumnPlan {
  readonly name: string
  /** The type as written in a column definition. */
  readonly sql: string
  readonly notNull: boolean
  /** SQL expression. */
  readonly default: string | null
  /** SQL expression of a generated, stored column. */
  readonly generated: string | null
  readonly comment: string
}

export interface ForeignKeyPlan {
  readonly name: string
  readonly column: string
  readonly targetTable: string
  /** The target's key; default `id`. */
  readonly targetColumn?: string
  readonly onDelete: RelationDefinition['onDelete']
}

export interface IndexPlan {
  readonly name: string
  readonly columns: readonly string[]
  /** SQL of each column's key, if one has more than its column: `"created_at" desc`. */
  readonly keys?: readonly string[]
  readonly method: 'btree' | 'gin'
  /** Unique among active records: a record in the trash reserves no name. */
  readonly unique: boolean
  /** The table has no trash, so the unique index covers all records. */
  readonly hasNoTrash?: boolean
  /** Covers active records only. */
  readonly isLiveOnly?: boolean
  /** Covers only records that have a value in the first column. */
  readonly omitsNulls?: boolean
}

/** An index that a table needs once it is large (largeTable.ts). */
export interface LargeTableIndex
  extends Pick<IndexPlan, 'columns' | 'keys' | 'method' | 'isLiveOnly' | 'omitsNulls'> {
  /** The same order as in `keys`, in the form of `CatalogIndex.options`. */
  readonly options: readonly number[]
  /** Whether any index that begins with the columns serves as well, in any direction. */
  readonly isForLookup?: boolean
  /** Whether it serves what an index of its first column alone serves. */
  readonly replacesShorter?: boolean
}

export interface FieldPlan {
  readonly enums: readonly EnumPlan[]
  readonly columns: readonly ColumnPlan[]
  readonly foreignKeys: readonly ForeignKeyPlan[]
  readonly indexes: readonly IndexPlan[]
}

export const mergePlans = (plans: readonly FieldPlan[]): FieldPlan => ({
  enums: plans.flatMap((plan) => plan.enums),
  columns: plans.flatMap((plan) => plan.columns),
  foreignKeys: plans.flatMap((plan) => plan.foreignKeys),
  indexes: plans.flatMap((plan) => plan.indexes),
})
