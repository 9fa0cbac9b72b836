// Where the things of the metadata stand in the catalog. In: nothing; out: the types that describing a model
// makes and changes of it start from.

import type { CatalogRelation } from '../../../sql/catalog.ts'
import type { ObjectDefinition } from '../definition.ts'
import type { FieldMetadata, ModelMetadata } from '../metadata.ts'
import type { Model, ModelField, ObjectModel } from '../model.ts'
import type { FieldFace, ObjectRow } from '../read/registry.ts'
import type { ModelSources } from '../read/sources.ts'
import type { DerivedNames } from './derivedNames.ts'

/** An object on the way from the catalog to metadata. */
export interface ObjectAnchor {
  readonly id: string
  readonly relation: CatalogRelation
  readonly model: ObjectModel
  readonly row: ObjectRow | undefined
  readonly standard: ObjectDefinition | undefined
}

/** Where a field of the metadata stands; a morph field stands on several relations. */
export interface FieldAnchor {
  readonly object: ObjectAnchor
  readonly fields: readonly ModelField[]
  readonly face: FieldFace
}

export interface DescribedField extends FieldAnchor {
  readonly metadata: FieldMetadata
}

export interface Described {
  readonly sources: ModelSources
  readonly names: DerivedNames
  /** With what is switched off. */
  readonly model: Model
  readonly metadata: ModelMetadata
  readonly objects: ReadonlyMap<string, ObjectAnchor>
  readonly fields: ReadonlyMap<string, DescribedField>
}
