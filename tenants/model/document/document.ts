// The data model of a workspace as a document: JSON with names instead of ids, so that a model can be kept in
// a repository, compared with another workspace's and applied to it. A relation is listed on the side with
// the foreign key, with the other side inside. Base fields (id, createdAt, …) and tables made by hand in SQL
// are excluded.

import type { CompositeType } from '../compositeType.ts'
import type { RelationDefinition } from '../definition.ts'
import type { ScalarType } from '../scalarType.ts'

export const DOCUMENT_FORMAT = 'tenantry-model-1'

export type OnDelete = RelationDefinition['onDelete']

/** Properties of fields of every kind. */
export interface FaceDocument {
  readonly name: string
  readonly label: string
  readonly description: string | null
  readonly icon: string | null
  readonly isActive: boolean
  readonly isSystem: boolean
  readonly isLabelSyncedWithName: boolean
}

interface OptionDocument {
  readonly value: string
  readonly label: string
  readonly color: string
}

export type Settings = Readonly<Record<string, unknown>>

export interface ValueDocument extends FaceDocument {
  readonly type: ScalarType | CompositeType
  readonly isNullable: boolean
  readonly isUnique: boolean
  /** In the API's encoding (`"'NEW'"`, `"now"`, …). */
  readonly defaultValue: unknown
  /** In order; null if the type has none, or the server generates them. */
  readonly options: readonly OptionDocument[] | null
  readonly settings: Settings | null
}

export interface LinkDocument {
  /** Singular name of the target object. */
  readonly target: string
  readonly onDelete: OnDelete
  /** The one-to-many field on the target. */
  readonly inverse: FaceDocument
}

export interface RelationDocument extends FaceDocument {
  readonly type: 'RELATION'
  readonly settings: Settings | null
  readonly relation: LinkDocument
}

export interface MorphDocument extends FaceDocument {
  readonly type: 'MORPH_RELATION'
  readonly settings: Settings | null
  /** One per target object. */
  readonly relations: readonly LinkDocument[]
}

export type FieldDocument = ValueDocument | RelationDocument | MorphDocument

export interface IndexDocument {
  readonly type: 'BTREE' | 'GIN'
  /** Fields, or `field.subField` of composites, in the order of the index. */
  readonly fields: readonly string[]
}

export interface ObjectDocument {
  readonly nameSingular: string
  readonly namePlural: string
  readonly labelSingular: string
  readonly labelPlural: string
  readonly description: string | null
  readonly icon: string | null
  readonly shortcut: string | null
  readonly color: string | null
  readonly isActive: boolean
  readonly isSearchable: boolean
  readonly isLabelSyncedWithName: boolean
  /** Names of fields. */
  readonly labelIdentifier: string | null
  readonly imageIdentifier: string | null
  readonly fields: readonly FieldDocument[]
  /** Explicitly created indexes; those of keys, relations and search are implied. */
  readonly indexes: readonly IndexDocument[]
}

/** The document's former names: of an object, of a field, or of an option, by its current name. */
export interface DocumentRename {
  readonly object: string
  readonly field: string | null
  readonly option: string | null
  readonly from: string
}

export interface ModelDocument {
  readonly format: typeof DOCUMENT_FORMAT
  readonly objects: readonly ObjectDocument[]
  /** Documents written by people; what already has its new name is not renamed again. */
  readonly renames?: readonly DocumentRename[]
}

export const linksOf = (field: FieldDocument): readonly LinkDocument[] => {
  if (field.type === 'RELATION' && 'relation' in field) return [field.relation]
  return field.type === 'MORPH_RELATION' && 'relations' in field ? field.relations : []
}

export const isValueDocument = (field: FieldDocument): field is ValueDocument =>
  field.type !== 'RELATION' && field.type !== 'MORPH_RELATION'

export const indexKey = ({ type, fields }: IndexDocument): string => `${type} ${fields.join(', ')}`
