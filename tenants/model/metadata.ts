// The data model as the metadata API tells it: what the catalog says, with the ids, labels, icons and
// switches that the registry adds. Values only; made by describe.ts, changed by object.ts, field.ts and
// index.ts.

import type { Omitted } from './model.ts'
import type { FieldType } from './storage.ts'

export interface OptionMetadata {
  readonly id: string
  readonly value: string
  readonly label: string
  readonly color: string
  readonly position: number
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
  readonly options: readonly OptionMetadata[] | null
  readonly settings: Readonly<Record<string, unknown>> | null
  /** Of RELATION and MORPH_RELATION fields; a morph field has one relation per target. */
  readonly relation: RelationMetadata | null
  readonly morphRelations: readonly RelationMetadata[] | null
  readonly morphId: string | null
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
  /** False while it is being built, or when building it failed. */
  readonly isValid: boolean
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
  /** Why its names are not those that the table's name asks for. */
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
}

/** One fault of an input, in the contract's words. */
export interface MetadataFault {
  readonly metadataName: 'objectMetadata' | 'fieldMetadata' | 'index'
  readonly operation: 'create' | 'update' | 'delete'
  /** `INVALID_FIELD_INPUT`, `INVALID_OBJECT_INPUT`, … */
  readonly code: string
  readonly message: string
  readonly userFriendlyMessage?: string
  readonly value?: unknown
  /** What the faulty thing is called. */
  readonly name?: string
  readonly objectName?: string
}

/**
 * What happens to rows: they are read, written anew, given values, lose what columns hold, or go with their
 * table.
 */
export type RowEffect = 'scan' | 'rewrite' | 'update' | 'clear' | 'delete'

/** What a change would do; nothing of it has happened. */
export interface ChangePlan {
  readonly statements: readonly string[]
  readonly locks: readonly { readonly table: string; readonly mode: string; readonly why: string }[]
  /** Rows that the change would touch, by table. */
  readonly rows: readonly {
    readonly table: string
    readonly count: number
    readonly effect: RowEffect
  }[]
}
