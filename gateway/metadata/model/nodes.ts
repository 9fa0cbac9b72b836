// The data model as both protocols of the metadata API show it: bodies with the contract's property names,
// linked so that a walk from an object to its fields, their relations and back needs no queries. Built once
// per version of a workspace's model.

import type {
  FieldMetadata,
  IndexMetadata,
  ModelMetadata,
  ObjectMetadata,
  RelationMetadata,
} from '../../../tenants/model/metadata.ts'
import type { Omitted, UnservedFunction } from '../../../tenants/model/model.ts'

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
  readonly model: ModelNodes
}

export interface IndexNode {
  readonly body: ReturnType<typeof indexBody>
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

/** Further flags of the contract for objects and fields: non-system things are editable. */
const editability = (isSystem: boolean) => ({
  isUIEditable: !isSystem,
  isUIReadOnly: isSystem,
  writability: 'OPEN',
})

/** The contract has no property for the reason of an object's name. */
const describedName = ({ description, nameNote }: ObjectMetadata): string | null =>
  nameNote === null ? description : [description, nameNote].filter((text) => text !== null).join('\n')

/** Models belong to their workspace, so it is the application they come from. */
const objectBody = (object: ObjectMetadata, applicationId: string) => ({
  id: object.id,
  universalIdentifier: object.id,
  nameSingular: object.nameSingular,
  namePlural: object.namePlural,
  labelSingular: object.labelSingular,
  labelPlural: object.labelPlural,
  description: describedName(object),
  icon: object.icon,
  shortcut: object.shortcut,
  color: object.color,
  isCustom: object.isCustom,
  isRemote: object.isRemote,
  isActive: object.isActive,
  isSystem: object.isSystem,
  ...editability(object.isSystem),
  isUICreatable: !object.isSystem,
  isSearchable: object.isSearchable,
  openRecordIn: 'SIDE_PANEL',
  readability: 'OPEN',
  readabilityParentFieldUniversalIdentifiers: null,
  applicationId,
  createdAt: object.createdAt,
  updatedAt: object.updatedAt,
  labelIdentifierFieldMetadataId: object.labelIdentifierFieldMetadataId,
  imageIdentifierFieldMetadataId: object.imageIdentifierFieldMetadataId,
  isLabelSyncedWithName: object.isLabelSyncedWithName,
  duplicateCriteria: object.duplicateCriteria,
})

const fieldBody = (field: FieldMetadata, applicationId: string) => ({
  id: field.id,
  universalIdentifier: field.id,
  type: field.type,
  name: field.name,
  label: field.label,
  description: field.description,
  icon: field.icon,
  isCustom: field.isCustom,
  isActive: field.isActive,
  isSystem: field.isSystem,
  ...editability(field.isSystem),
  isNullable: field.isNullable,
  isUnique: field.isUnique,
  isAuditLogged: false,
  defaultValue: field.defaultValue ?? null,
  options: field.options,
  settings: field.settings,
  objectMetadataId: field.objectMetadataId,
  isLabelSyncedWithName: field.isLabelSyncedWithName,
  morphId: field.morphId,
  createdAt: field.createdAt,
  updatedAt: field.updatedAt,
  applicationId,
})

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

export const linkModel = (model: ModelMetadata): ModelNodes => {
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
    const indexes = object.indexes.map((index) => ({ body: indexBody(index) }))
    const node = { body: objectBody(object, model.workspaceId), table: object.table, fields, indexes }
    for (const field of object.fields) {
      const { relation, morphRelations } = field
      const body = fieldBody(field, model.workspaceId)
      fields.push({ body, object: node, relation, morphRelations, model: nodes })
    }
    for (const field of fields) fieldById.set(field.body.id, field)
    for (const index of indexes) indexById.set(index.body.id, index)
    objects.push(node)
    allFields.push(...fields)
    objectById.set(object.id, node)
    objectByName.set(object.nameSingular, node).set(object.namePlural, node)
  }
  return nodes
}

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
