// The data model as both protocols of the metadata API show it: bodies with the contract's property names,
// linked so that a walk from an object to its fields, their relations and back needs no queries. Built once
// per version of a workspace's model.

import { fieldBody, objectBody } from '../../../tenants/model/bodies.ts'
import type {
  BuildMetadata,
  IndexMetadata,
  ModelMetadata,
  RelationMetadata,
} from '../../../tenants/model/metadata.ts'
import type { Omitted, UnservedFunction } from '../../../tenants/model/model.ts'
import { createSlices, runInSlices, type SlicesOptions } from '../../../tenants/model/read/slices.ts'
import type { DeriveSteps } from '../../../tenants/model/read/steps.ts'

export interface ObjectNode {
  readonly body: ReturnType<typeof objectBody>
  /** Table or view behind it. */
  readonly table: string
  readonly fields: readonly FieldNode[]
  readonly indexes: readonly IndexNode[]
}

export interface FieldNode {
  readonly body: ReturnType<typeof fieldBody>
  readonly object: ObjectNode
  readonly relation: RelationMetadata | null
  readonly morphRelations: readonly RelationMetadata[] | null
  /** Null once everything of it is ready. */
  readonly build: BuildMetadata | null
  readonly model: ModelNodes
}

export interface IndexNode {
  readonly body: ReturnType<typeof indexBody>
  readonly build: BuildMetadata | null
}

interface RelationNode {
  readonly type: RelationMetadata['type']
  readonly sourceObjectMetadata: ObjectNode
  readonly targetObjectMetadata: ObjectNode
  readonly sourceFieldMetadata: FieldNode
  readonly targetFieldMetadata: FieldNode
}

export interface ModelNodes {
  readonly objects: readonly ObjectNode[]
  readonly fields: readonly FieldNode[]
  readonly objectById: ReadonlyMap<string, ObjectNode>
  /** By either name. */
  readonly objectByName: ReadonlyMap<string, ObjectNode>
  readonly fieldById: ReadonlyMap<string, FieldNode>
  readonly indexById: ReadonlyMap<string, IndexNode>
  /** Tables that the record APIs do not show, with reasons. */
  readonly omitted: readonly Omitted[]
  /** Functions that GraphQL does not show, with reasons. */
  readonly unserved: readonly UnservedFunction[]
}

const indexBody = (index: IndexMetadata) => ({
  id: index.id,
  name: index.name,
  isCustom: index.isCustom,
  isUnique: index.isUnique,
  isValid: index.isValid,
  indexWhereClause: index.indexWhereClause,
  indexType: index.indexType,
  createdAt: index.createdAt,
  updatedAt: index.updatedAt,
  indexFieldMetadataList: index.fields.map((field) => ({
    ...field,
    createdAt: index.createdAt,
    updatedAt: index.updatedAt,
  })),
})

/** In steps that count fields. */
function* linkInSteps(model: ModelMetadata): DeriveSteps<ModelNodes> {
  const objectById = new Map<string, ObjectNode>()
  const objectByName = new Map<string, ObjectNode>()
  const fieldById = new Map<string, FieldNode>()
  const indexById = new Map<string, IndexNode>()
  const objects: ObjectNode[] = []
  const allFields: FieldNode[] = []
  const { omitted, unserved } = model
  const nodes: ModelNodes = {
    objects,
    fields: allFields,
    objectById,
    objectByName,
    fieldById,
    indexById,
    omitted,
    unserved,
  }

  for (const object of model.objects) {
    const fields: FieldNode[] = []
    const indexes = object.indexes.map((index) => ({ body: indexBody(index), build: index.build }))
    const node = { body: objectBody(object, model.workspaceId), table: object.table, fields, indexes }
    for (const field of object.fields) {
      const { relation, morphRelations, build } = field
      const body = fieldBody(field, model.workspaceId)
      fields.push({ body, object: node, relation, morphRelations, build, model: nodes })
    }
    for (const field of fields) fieldById.set(field.body.id, field)
    for (const index of indexes) indexById.set(index.body.id, index)
    objects.push(node)
    allFields.push(...fields)
    objectById.set(object.id, node)
    objectByName.set(object.nameSingular, node).set(object.namePlural, node)
    yield fields.length
  }
  return nodes
}

/** Fields after which a slice ends. Measured: 5 µs each. */
const MAX_FIELDS_PER_SLICE = 300

export const linkModel = (model: ModelMetadata, onSlice?: SlicesOptions['onSlice']): Promise<ModelNodes> =>
  runInSlices(linkInSteps(model), createSlices({ maxUnits: MAX_FIELDS_PER_SLICE, onSlice }))

/** Null if one of its ends is not part of the model. */
export const linkRelation = (model: ModelNodes, relation: RelationMetadata): RelationNode | null => {
  const sourceObjectMetadata = model.objectById.get(relation.sourceObjectId)
  const targetObjectMetadata = model.objectById.get(relation.targetObjectId)
  const sourceFieldMetadata = model.fieldById.get(relation.sourceFieldId)
  const targetFieldMetadata = model.fieldById.get(relation.targetFieldId)
  return sourceObjectMetadata && targetObjectMetadata && sourceFieldMetadata && targetFieldMetadata
    ? {
        type: relation.type,
        sourceObjectMetadata,
        targetObjectMetadata,
        sourceFieldMetadata,
        targetFieldMetadata,
      }
    : null
}
