// Inputs of the metadata API, under the contract's names. The protocol has checked their shapes. JSON-typed
// parts stay unknown: the operations check them and name the fault.

import type { FieldType, RefusedType } from '../../fieldType.ts'

type Nullable<T> = T | null | undefined

export interface CreateObjectInput {
  readonly nameSingular: string
  readonly namePlural: string
  readonly labelSingular: string
  readonly labelPlural: string
  readonly description?: Nullable<string>
  readonly icon?: Nullable<string>
  readonly shortcut?: Nullable<string>
  readonly color?: Nullable<string>
  readonly skipNameField?: Nullable<boolean>
  readonly isRemote?: Nullable<boolean>
  readonly isLabelSyncedWithName?: Nullable<boolean>
}

export interface UpdateObjectPayload {
  readonly nameSingular?: Nullable<string>
  readonly namePlural?: Nullable<string>
  readonly labelSingular?: Nullable<string>
  readonly labelPlural?: Nullable<string>
  readonly description?: Nullable<string>
  readonly icon?: Nullable<string>
  readonly shortcut?: Nullable<string>
  readonly color?: Nullable<string>
  readonly isActive?: Nullable<boolean>
  readonly isSearchable?: Nullable<boolean>
  readonly isLabelSyncedWithName?: Nullable<boolean>
  readonly labelIdentifierFieldMetadataId?: Nullable<string>
  readonly imageIdentifierFieldMetadataId?: Nullable<string>
}

export interface CreateFieldInput {
  readonly type: FieldType | RefusedType
  readonly name: string
  readonly label: string
  readonly objectMetadataId: string
  readonly description?: Nullable<string>
  readonly icon?: Nullable<string>
  readonly isActive?: Nullable<boolean>
  readonly isSystem?: Nullable<boolean>
  readonly isNullable?: Nullable<boolean>
  readonly isUnique?: Nullable<boolean>
  readonly isSearchable?: Nullable<boolean>
  readonly isLabelSyncedWithName?: Nullable<boolean>
  readonly defaultValue?: unknown
  readonly options?: unknown
  readonly settings?: unknown
  readonly relationCreationPayload?: unknown
  readonly morphRelationsCreationPayload?: unknown
}

export interface UpdateFieldInput {
  readonly name?: Nullable<string>
  readonly label?: Nullable<string>
  readonly description?: Nullable<string>
  readonly icon?: Nullable<string>
  readonly isActive?: Nullable<boolean>
  readonly isSystem?: Nullable<boolean>
  readonly isNullable?: Nullable<boolean>
  readonly isUnique?: Nullable<boolean>
  readonly isSearchable?: Nullable<boolean>
  readonly objectMetadataId?: Nullable<string>
  readonly isLabelSyncedWithName?: Nullable<boolean>
  readonly defaultValue?: unknown
  readonly options?: unknown
  readonly settings?: unknown
  readonly morphRelationsUpdatePayload?: unknown
}

export interface CreateIndexInput {
  readonly objectMetadataId: string
  readonly fields: readonly { readonly fieldMetadataId: string; readonly subFieldName?: Nullable<string> }[]
  readonly indexType: 'BTREE' | 'GIN'
}

export interface ChangeOptions {
  /** Dry run: report what would happen, change nothing. */
  readonly dryRun?: boolean
  /** Without it, a change that rewrites a large table is refused. */
  readonly allowRewrite?: boolean
  /** Rows of a table that counts as large, for tests. */
  readonly largeRows?: number
}
