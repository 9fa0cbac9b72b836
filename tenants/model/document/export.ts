// Exports a workspace's model as a document. Omits what the metadata API could not create again: tables made
// by hand, generated and identity columns, relations that do not point at an object's id, partial indexes.

import type { Described, DescribedField, DescribedObject } from '../describe/catalogRef.ts'
import { BASE_FIELDS, columnsOfField } from '../describe/describeField.ts'
import type { FieldMetadata, IndexMetadata, ObjectMetadata } from '../metadata.ts'
import type { ModelField, ToOneField } from '../model.ts'
import type { DeriveSteps } from '../read/steps.ts'
import { hasOwnOptions, isScalar, SCALARS } from '../scalarType.ts'
import {
  DOCUMENT_FORMAT,
  type FaceDocument,
  type FieldDocument,
  type IndexDocument,
  indexKey,
  type LinkDocument,
  type ModelDocument,
  type ObjectDocument,
  type OnDelete,
  type Settings,
  type ValueDocument,
} from './document.ts'

const ON_DELETE: Readonly<Record<string, OnDelete>> = {
  a: 'NO_ACTION',
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET_NULL',
}

/** Properties that follow from the relation itself. */
const DERIVED_SETTINGS = new Set(['relationType', 'onDelete', 'joinColumnName', 'referencedColumnName'])

const faceOf = (field: FieldMetadata): FaceDocument => ({
  name: field.name,
  label: field.label,
  description: field.description,
  icon: field.icon,
  isActive: field.isActive,
  isSystem: field.isSystem,
  isLabelSyncedWithName: field.isLabelSyncedWithName,
})

const settingsOf = ({ settings }: FieldMetadata): Settings | null => {
  const own = Object.entries(settings ?? {}).filter(([key]) => !DERIVED_SETTINGS.has(key))
  return own.length === 0 ? null : Object.fromEntries(own)
}

const valueDocumentOf = ({ metadata }: DescribedField, type: ValueDocument['type']): ValueDocument => ({
  ...faceOf(metadata),
  type,
  isNullable: metadata.isNullable,
  isUnique: metadata.isUnique,
  defaultValue: metadata.defaultValue ?? null,
  options: hasOwnOptions(type)
    ? (metadata.options?.map(({ value, label, color }) => ({ value, label, color })) ?? null)
    : null,
  settings: settingsOf(metadata),
})

const isWritten = (field: DescribedField): boolean =>
  field.fields.every((part) => {
    if (part.kind === 'toOne') return part.columns.length === 1
    if (part.kind === 'toMany') return false
    return columnsOfField(part).every((column) => column.writable)
  }) &&
  !(isScalar(field.metadata.type) && SCALARS[field.metadata.type].isInternal === true) &&
  !Object.hasOwn(BASE_FIELDS, field.metadata.name)

export const indexDocumentOf = (
  described: Described,
  { fields, indexType }: IndexMetadata,
): IndexDocument => ({
  type: indexType,
  fields: fields.flatMap(({ fieldMetadataId, subFieldName }) => {
    const name = described.fields.get(fieldMetadataId)?.metadata.name
    return name === undefined ? [] : [subFieldName === null ? name : `${name}.${subFieldName}`]
  }),
})

const isDocumented = ({ model, relation }: DescribedObject): boolean =>
  model.emptyStringForNull && (relation.kind === 'r' || relation.kind === 'p')

const indexesOf = (described: Described, { indexes }: ObjectMetadata): readonly IndexDocument[] => [
  ...new Map(
    indexes
      .filter((index) => index.isCustom && index.indexWhereClause === null)
      .map((index) => indexDocumentOf(described, index))
      .map((index): [string, IndexDocument] => [indexKey(index), index]),
  ).values(),
]

const documentOf = (
  described: Described,
  metadata: ObjectMetadata,
  fields: readonly FieldDocument[],
): ObjectDocument => {
  const nameOf = (id: string | null) => metadata.fields.find((field) => field.id === id)?.name ?? null
  return {
    nameSingular: metadata.nameSingular,
    namePlural: metadata.namePlural,
    labelSingular: metadata.labelSingular,
    labelPlural: metadata.labelPlural,
    description: metadata.description,
    icon: metadata.icon,
    shortcut: metadata.shortcut,
    color: metadata.color,
    isActive: metadata.isActive,
    isSearchable: metadata.isSearchable,
    isLabelSyncedWithName: metadata.isLabelSyncedWithName,
    labelIdentifier: nameOf(metadata.labelIdentifierFieldMetadataId),
    imageIdentifier: nameOf(metadata.imageIdentifierFieldMetadataId),
    fields,
    indexes: indexesOf(described, metadata),
  }
}

const createExporter = (described: Described) => {
  const documented = new Map(
    [...described.objects.values()]
      .filter(isDocumented)
      .map((object): [string, DescribedObject] => [object.relation.name, object]),
  )
  const inverses = new Map(
    [...described.fields.values()].flatMap((field): [string, FieldMetadata][] =>
      field.face === 'inverse'
        ? field.fields.flatMap((part): [string, FieldMetadata][] =>
            part.kind === 'toMany' ? [[`${part.target} ${part.constraint}`, field.metadata]] : [],
          )
        : [],
    ),
  )

  const fieldsOf = Map.groupBy(described.fields.values(), ({ object }) => object.id)
  const keyOf = (relation: string, name: string): string => `${relation} ${name}`
  const keys = new Map(
    described.sources.catalog.foreignKeys.map((key) => [keyOf(key.relation, key.name), key]),
  )

  const linkOf = (source: DescribedObject, part: ToOneField): readonly LinkDocument[] => {
    const target = documented.get(part.target)
    const inverse = inverses.get(`${source.relation.name} ${part.constraint}`)
    const key = keys.get(keyOf(source.relation.oid, part.constraint))
    const onDelete = ON_DELETE[key?.onDelete ?? '']
    if (target === undefined || inverse === undefined || onDelete === undefined) return []
    return part.targetColumns.join() === target.model.key.join()
      ? [{ target: target.model.nameSingular, onDelete, inverse: faceOf(inverse) }]
      : []
  }

  const fieldOf = (field: DescribedField): readonly FieldDocument[] => {
    const { metadata, object } = field
    if (field.face === 'inverse' || !isWritten(field)) return []
    const { type } = metadata
    if (type !== 'RELATION' && type !== 'MORPH_RELATION') return [valueDocumentOf(field, type)]
    const links = field.fields.flatMap((part: ModelField) =>
      part.kind === 'toOne' ? linkOf(object, part) : [],
    )
    const [relation] = links
    if (relation === undefined) return []
    const common = { ...faceOf(metadata), settings: settingsOf(metadata) }
    return [type === 'RELATION' ? { ...common, type, relation } : { ...common, type, relations: links }]
  }

  return (metadata: ObjectMetadata): readonly ObjectDocument[] => {
    if (!documented.has(metadata.table)) return []
    return [documentOf(described, metadata, (fieldsOf.get(metadata.id) ?? []).flatMap(fieldOf))]
  }
}

/** In steps that count fields. */
export function* exportInSteps(described: Described): DeriveSteps<ModelDocument> {
  const exported = createExporter(described)
  const objects: ObjectDocument[] = []
  for (const object of described.metadata.objects) {
    objects.push(...exported(object))
    yield object.fields.length
  }
  return { format: DOCUMENT_FORMAT, objects }
}
