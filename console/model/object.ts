// Objects of the data model as the console shows them: what /metadata is asked for, and what follows from it.
// Not decided here: how it is asked (objectQueries.ts).

import type { FieldType } from './field/fieldType.ts'

export interface ObjectSummary {
  readonly id: string
  readonly nameSingular: string
  readonly namePlural: string
  readonly labelSingular: string
  readonly labelPlural: string
  readonly description: string | null
  readonly icon: string | null
  readonly isCustom: boolean
  readonly isSystem: boolean
  readonly isActive: boolean
  readonly labelIdentifierFieldMetadataId: string | null
  /** Fields that the gateway keeps itself; a table that was made by SQL has none. */
  readonly fieldsList: readonly { readonly isSystem: boolean | null }[]
}

export interface Option {
  readonly id?: string
  readonly value: string
  readonly label: string
  readonly color: string
  readonly position: number
}

interface RelationEnd {
  readonly type: 'MANY_TO_ONE' | 'ONE_TO_MANY'
  readonly targetObjectMetadata: {
    readonly id: string
    readonly nameSingular: string
    readonly namePlural: string
    readonly labelPlural: string
  }
  readonly targetFieldMetadata: Pick<Field, 'id' | 'name' | 'type' | 'settings'>
}

export interface Field {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly description: string | null
  readonly type: FieldType
  readonly isCustom: boolean | null
  readonly isActive: boolean | null
  readonly isSystem: boolean | null
  readonly isNullable: boolean | null
  readonly isUnique: boolean | null
  readonly defaultValue: unknown
  readonly options: readonly Option[] | null
  readonly settings: Readonly<Record<string, unknown>> | null
  readonly relation: RelationEnd | null
  readonly morphRelations: readonly RelationEnd[] | null
}

export interface Index {
  readonly id: string
  readonly name: string
  readonly isCustom: boolean | null
  readonly isUnique: boolean
  readonly isValid: boolean
  readonly indexType: 'BTREE' | 'GIN'
  readonly indexWhereClause: string | null
  readonly indexFieldMetadataList: readonly {
    readonly fieldMetadataId: string
    readonly order: number
    readonly subFieldName: string | null
  }[]
}

export interface ModelObject extends Omit<ObjectSummary, 'fieldsList'> {
  readonly fieldsList: readonly Field[]
  readonly indexMetadataList: readonly Index[]
}

export type Origin = 'standard' | 'custom' | 'sql'

export const originOf = (object: ObjectSummary): Origin => {
  if (!object.isCustom) return 'standard'
  return object.fieldsList.some((field) => field.isSystem === true) ? 'custom' : 'sql'
}
