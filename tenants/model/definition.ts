// Definition of a data model: the declarative input of the DDL compiler (ddl.ts), written by hand for the
// standard objects (standard.ts) and built from requests by the metadata API. The truth about what exists is
// the catalog, read into model.ts.

import type { CompositeType } from './compositeType.ts'
import type { ScalarType } from './scalarType.ts'

export interface OptionDefinition {
  /** UPPER_SNAKE_CASE label of the Postgres enum. */
  readonly value: string
  readonly label: string
  readonly color: string
  readonly position: number
}

export interface RelationDefinition {
  /** Singular names of the target objects. Several make a morph group: one column per target. */
  readonly targets: readonly string[]
  readonly onDelete: 'CASCADE' | 'SET_NULL' | 'RESTRICT' | 'NO_ACTION'
  /** The one-to-many field that shows this relation on each target. */
  readonly inverse: { readonly name: string; readonly label: string; readonly icon: string }
}

interface FieldDefinitionBase {
  /** camelCase name in the API. */
  readonly name: string
  readonly label: string
  readonly description?: string
  readonly icon?: string
  readonly isNullable?: boolean
  readonly isSystem?: boolean
}

export interface ValueFieldDefinition extends FieldDefinitionBase {
  readonly type: ScalarType | CompositeType
  readonly isUnique?: boolean
  /**
   * In the API's encoding: `"'NEW'"`, `"now"`, `"uuid"`, raw numbers and booleans, composites as objects of
   * those.
   */
  readonly defaultValue?: unknown
  readonly options?: readonly OptionDefinition[]
  readonly settings?: Readonly<Record<string, unknown>>
}

/** A many-to-one relation; the one-to-many side follows from it. */
export interface RelationFieldDefinition extends FieldDefinitionBase {
  readonly type: 'RELATION' | 'MORPH_RELATION'
  readonly relation: RelationDefinition
}

export type FieldDefinition = ValueFieldDefinition | RelationFieldDefinition

export interface ObjectDefinition {
  readonly nameSingular: string
  readonly namePlural: string
  readonly labelSingular: string
  readonly labelPlural: string
  readonly icon: string
  readonly description?: string
  readonly isSystem?: boolean
  /** Name of the label identifier, the field that names a record to people. */
  readonly labelIdentifier: string
  /** Fields whose text is in the generated search vector; empty for objects that search excludes. */
  readonly searchable: readonly string[]
  /** Groups of columns; records that agree on all columns of any group are duplicates. */
  readonly duplicateCriteria?: readonly (readonly string[])[]
  /** Without the base fields (id, createdAt, …), which every object gets. */
  readonly fields: readonly FieldDefinition[]
}
