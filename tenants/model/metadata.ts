// The data model as the metadata API shows it: the catalog, with ids, labels, icons and switches from the
// registry. Values only, created by describe.ts.

import type { FieldType } from './fieldType.ts'
import type { Omitted, UnservedFunction } from './model.ts'

export interface OptionMetadata {
  readonly id: string
  readonly value: string
  readonly label: string
  readonly color: string
  readonly position: number
}

/** What is still being built for a field or an index. */
export interface BuildMetadata {
  readonly state: 'pending' | 'running' | 'failed'
  /** Why it failed, or what it waits for. */
  readonly error: string | null
  /** Ids of its steps in tenantry.unfinished_steps. */
  readonly steps: readonly string[]
}

export interface RelationMetadata {
  readonly type: 'MANY_TO_ONE' | 'ONE_TO_MANY'
  readonly sourceObjectId: string
  readonly sourceFieldId: string
  readonly targetObjectId: string
  readonly targetFieldId: string
}

export interface FieldMetadata {
  /** Stable over renames, by the API or by hand. */
  readonly id: string
  readonly objectMetadataId: string
  readonly name: string
  readonly type: FieldType
  /** Type of its one column in Postgres; null for composites and relations. */
  readonly columnType: string | null
  readonly label: string
  readonly description: string | null
  readonly icon: string | null
  readonly isCustom: boolean
  readonly isActive: boolean
  readonly isSystem: boolean
  readonly isNullable: boolean
  readonly isUnique: boolean
  readonly isLabelSyncedWithName: boolean
  /** In the API's encoding (`"'NEW'"`, `"now"`, …). */
  readonly defaultValue: unknown
  /** The default as the API shows it: also one that it cannot express (`"sequence"`, `"expression"`, …). */
  readonly shownDefault: unknown
  readonly options: readonly OptionMetadata[] | null
  readonly settings: Readonly<Record<string, unknown>> | null
  /** Of RELATION and MORPH_RELATION fields; a morph field has one relation per target. */
  readonly relation: RelationMetadata | null
  readonly morphRelations: readonly RelationMetadata[] | null
  readonly morphId: string | null
  /** Null once everything is ready. */
  readonly build: BuildMetadata | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface IndexMetadata {
  readonly id: string
  readonly objectMetadataId: string
  readonly name: string
  readonly isCustom: boolean
  readonly isUnique: boolean
  readonly indexWhereClause: string | null
  readonly indexType: 'BTREE' | 'GIN'
  /** False while it is being built, or if its build failed. */
  readonly isValid: boolean
  /** Null once it is ready. */
  readonly build: BuildMetadata | null
  readonly fields: readonly {
    readonly id: string
    readonly fieldMetadataId: string
    readonly order: number
    readonly subFieldName: string | null
  }[]
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface ObjectMetadata {
  readonly id: string
  /** Name of the table, view or function behind it. */
  readonly table: string
  readonly nameSingular: string
  readonly namePlural: string
  readonly labelSingular: string
  readonly labelPlural: string
  readonly description: string | null
  /** Why its names differ from the ones that the table's name gives. */
  readonly nameNote: string | null
  readonly icon: string | null
  readonly shortcut: string | null
  readonly color: string | null
  readonly isCustom: boolean
  readonly isActive: boolean
  readonly isSystem: boolean
  readonly isRemote: boolean
  readonly isSearchable: boolean
  readonly isLabelSyncedWithName: boolean
  readonly labelIdentifierFieldMetadataId: string | null
  readonly imageIdentifierFieldMetadataId: string | null
  readonly duplicateCriteria: readonly (readonly string[])[] | null
  readonly fields: readonly FieldMetadata[]
  readonly indexes: readonly IndexMetadata[]
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A workspace's whole model, sorted by object name. */
export interface ModelMetadata {
  readonly workspaceId: string
  readonly version: number
  readonly objects: readonly ObjectMetadata[]
  /** Tables that the record APIs do not show. */
  readonly omitted: readonly Omitted[]
  /** Functions that GraphQL does not show. */
  readonly unserved: readonly UnservedFunction[]
}

/** One fault of an input, with the contract's code. */
export interface MetadataFault {
  readonly metadataName: 'objectMetadata' | 'fieldMetadata' | 'index'
  readonly operation: 'create' | 'update' | 'delete'
  /** `INVALID_FIELD_INPUT`, `INVALID_OBJECT_INPUT`, … */
  readonly code: string
  readonly message: string
  readonly userFriendlyMessage?: string
  readonly value?: unknown
  /** The name of the faulty thing. */
  readonly name?: string
  readonly objectName?: string
}

/** What happens to rows: read, rewritten, backfilled, columns dropped, or deleted with their table. */
export type RowEffect = 'scan' | 'rewrite' | 'update' | 'clear' | 'delete'

/** What a change would do; nothing has happened yet. */
export interface ChangePlan {
  readonly statements: readonly string[]
  /** Those of the statements that run after the change was answered, as jobs. */
  readonly jobs: readonly string[]
  readonly locks: readonly { readonly table: string; readonly mode: string; readonly why: string }[]
  /** Affected rows, by table. */
  readonly rows: readonly {
    readonly table: string
    readonly count: number
    readonly effect: RowEffect
  }[]
  /** Of the tables that it locks, reads or writes, as Postgres estimates them. */
  readonly sizes: readonly { readonly table: string; readonly rows: number; readonly bytes: number }[]
  /** Tables that Postgres rewrites, which nothing can read meanwhile. */
  readonly rewrites: readonly {
    readonly table: string
    readonly rows: number
    readonly bytes: number
    /** Roughly. */
    readonly seconds: number
    readonly needsAllowRewrite: boolean
  }[]
}
