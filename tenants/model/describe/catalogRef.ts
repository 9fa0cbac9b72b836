// References from metadata to the catalog. Describing a model returns them; changes start from them.

import type { CatalogRelation } from '../../../sql/catalog/catalog.ts'
import type { DerivedNames } from '../ddl/derivedNames.ts'
import type { ObjectDefinition } from '../definition.ts'
import type { FieldMetadata, ModelMetadata } from '../metadata.ts'
import type { Model, ModelField, ObjectModel } from '../model.ts'
import type { FieldFace, ObjectRow } from '../read/registry.ts'
import type { ModelSources } from '../read/sources.ts'

/** An object between catalog and metadata. */
export interface DescribedObject {
  readonly id: string
  readonly relation: CatalogRelation
  readonly model: ObjectModel
  /** Fields that functions compute. */
  readonly computed: readonly string[]
  readonly row: ObjectRow | undefined
  readonly standard: ObjectDefinition | undefined
}

/** A field between catalog and metadata. */
export interface DescribedField {
  readonly object: DescribedObject
  /** Several for a morph relation. */
  readonly fields: readonly ModelField[]
  readonly face: FieldFace
  readonly metadata: FieldMetadata
}

export interface Described {
  readonly sources: ModelSources
  readonly names: DerivedNames
  /** Including what is switched off. */
  readonly model: Model
  readonly metadata: ModelMetadata
  readonly objects: ReadonlyMap<string, DescribedObject>
  readonly fields: ReadonlyMap<string, DescribedField>
}
