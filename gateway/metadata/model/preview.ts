// The result of a creation in a dry run, for the answer's `data`: the input's properties, with defaults for
// the rest. Implied parts (an object's fields, a relation's other end) are only in the plan's statements.

import type {
  CreateFieldInput,
  CreateIndexInput,
  CreateObjectInput,
} from '../../../tenants/model/change/check/input.ts'
import { REFUSED_TYPE } from '../../../tenants/model/fieldType.ts'
import type {
  FieldMetadata,
  IndexMetadata,
  ModelMetadata,
  ObjectMetadata,
} from '../../../tenants/model/metadata.ts'
import { Problem } from '../../error/problem.ts'

export type Preview = (before: ModelMetadata, id: string, now: Date) => ModelMetadata

export const previewObject =
  (input: CreateObjectInput): Preview =>
  (before, id, now) => {
    const object: ObjectMetadata = {
      id,
      table: '',
      nameSingular: input.nameSingular,
      namePlural: input.namePlural,
      labelSingular: input.labelSingular,
      labelPlural: input.labelPlural,
      description: input.description ?? null,
      icon: input.icon ?? null,
      shortcut: input.shortcut ?? null,
      color: input.color ?? null,
      isCustom: true,
      isActive: true,
      isSystem: false,
      isRemote: false,
      isSearchable: true,
      isLabelSyncedWithName: input.isLabelSyncedWithName ?? false,
      labelIdentifierFieldMetadataId: null,
      imageIdentifierFieldMetadataId: null,
      duplicateCriteria: null,
      fields: [],
      nameNote: null,
      indexes: [],
      createdAt: now,
      updatedAt: now,
    }
    return { ...before, objects: [...before.objects, object] }
  }

const withObject = (
  before: ModelMetadata,
  id: string,
  change: (object: ObjectMetadata) => ObjectMetadata,
): ModelMetadata => ({
  ...before,
  objects: before.objects.map((object) => (object.id === id ? change(object) : object)),
})

export const previewField =
  (input: CreateFieldInput): Preview =>
  (before, id, now) => {
    const { type } = input
    if (type === REFUSED_TYPE)
      throw new Problem('BAD_USER_INPUT', `Fields of type ${type} are not supported.`)
    const field: FieldMetadata = {
      id,
      objectMetadataId: input.objectMetadataId,
      name: input.name,
      type,
      columnType: null,
      label: input.label,
      description: input.description ?? null,
      icon: input.icon ?? null,
      isCustom: true,
      isActive: input.isActive ?? true,
      isSystem: false,
      isNullable: input.isNullable ?? true,
      isUnique: input.isUnique ?? false,
      isLabelSyncedWithName: input.isLabelSyncedWithName ?? false,
      defaultValue: input.defaultValue ?? null,
      shownDefault: input.defaultValue ?? null,
      options: null,
      settings: null,
      relation: null,
      morphRelations: null,
      morphId: null,
      build: null,
      createdAt: now,
      updatedAt: now,
    }
    return withObject(before, input.objectMetadataId, (object) => ({
      ...object,
      fields: [...object.fields, field],
    }))
  }

export const previewIndex =
  (input: CreateIndexInput): Preview =>
  (before, id, now) => {
    const index: IndexMetadata = {
      id,
      objectMetadataId: input.objectMetadataId,
      name: id,
      isCustom: true,
      isUnique: false,
      indexWhereClause: null,
      indexType: input.indexType,
      isValid: false,
      build: null,
      fields: input.fields.map(({ fieldMetadataId, subFieldName = null }, order) => ({
        id: fieldMetadataId,
        fieldMetadataId,
        order,
        subFieldName,
      })),
      createdAt: now,
      updatedAt: now,
    }
    return withObject(before, input.objectMetadataId, (object) => ({
      ...object,
      indexes: [...object.indexes, index],
    }))
  }
