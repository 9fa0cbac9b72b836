// The data model of a workspace as a document: JSON that names things and holds no ids, so that a model can
// be kept in a repository, compared with another workspace's and applied to it. Of relations it holds the
// side with the foreign key, the other side within. Base fields (id, createdAt, …) and tables made by hand in
// SQL are no part of it.

import type { RelationDefinition } from '../definition.ts'
import type { CompositeType, ScalarType } from '../storage.ts'

export const DOCUMENT_FORMAT = 'tenantry-model-1'

export type OnDelete = RelationDefinition['onDelete']

/** What fields of every kind have. */
export interface FaceDocument {
  readonly name: string
  readonly label: string
  readonly description: string | null
  readonly icon: string | null
  readonly isActive: boolean
  readonly isSystem: boolean
  readonly isLabelSyncedWithName: boolean
}

export interface OptionDocument {
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
  /** In their order; null where the type has none, or the server makes them. */
  readonly options: readonly OptionDocument[] | null
  readonly settings: Settings | null
}

export interface LinkDocument {
  /** Singular name of the object pointed at. */
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
  /** One for each object that it may point at. */
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
  /** Those that somebody asked for; what keys, relations and search need comes by itself. */
  readonly indexes: readonly IndexDocument[]
}

/**
 * What a document says was called differently: an object, a field of it, or an option of the field, by the
 * name it has there.
 */
export interface DocumentRename {
  readonly object: string
  readonly field: string | null
  readonly option: string | null
  readonly from: string
}

export interface ModelDocument {
  readonly format: typeof DOCUMENT_FORMAT
  readonly objects: readonly ObjectDocument[]
  /** Of documents that somebody wrote; what is called so already is not renamed again. */
  readonly renames?: readonly DocumentRename[]
}

export const linksOf = (field: FieldDocument): readonly LinkDocument[] => {
  if (field.type === 'RELATION' && 'relation' in field) return [field.relation]
  return field.type === 'MORPH_RELATION' && 'relations' in field ? field.relations : []
}

export const isValueDocument = (field: FieldDocument): field is ValueDocument =>
  field.type !== 'RELATION' && field.type !== 'MORPH_RELATION'

export const indexKey = ({ type, fields }: IndexDocument): string => `${type} ${fields.join(', ')}`
