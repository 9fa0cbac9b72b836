// Plans everything that a document has and the model lacks: objects with their fields, fields of existing
// objects, relations. Starts from a description in which drops are done. A new object becomes one `create
// table` with all its columns.

import { newUuid } from '../../uuid.ts'
import { faultOf, type Subject } from '../change/check/check.ts'
import { freeTableName } from '../change/check/freeName.ts'
import { MetadataRefusal, refuseFaults } from '../change/check/metadataRefusal.ts'
import { fieldNameFaults, objectNameFaults } from '../change/check/nameUse.ts'
import { checkValueField, planValueField, valueFieldWrite } from '../change/field/fieldCreate.ts'
import { planLink } from '../change/relation/relationCreate.ts'
import type { FieldWrite, ObjectWrite, Step } from '../change/run/schemaChange.ts'
import { uuidFunctionOf } from '../ddl/bootstrap.ts'
import { planObject, tableStatements } from '../ddl/ddl.ts'
import { planField, tableOf } from '../ddl/fieldPlan.ts'
import type { FieldDefinition, ObjectDefinition } from '../definition.ts'
import type { Described } from '../describe/catalogRef.ts'
import { isLabelType } from '../fieldType.ts'
import { toTypeName } from '../name.ts'
import { derivedFieldId, type FieldAnnotationRow } from '../read/registry.ts'
import type { DeriveSteps } from '../read/steps.ts'
import {
  type FaceDocument,
  isValueDocument,
  type LinkDocument,
  linksOf,
  type MorphDocument,
  type ObjectDocument,
  type RelationDocument,
  type ValueDocument,
} from './document.ts'
import { fieldNamed } from './drops.ts'
import type { Coming } from './simulate.ts'

export interface Created {
  readonly steps: readonly Step[]
  readonly afterwards: readonly Step[]
  readonly objects: readonly ObjectWrite[]
  readonly fields: readonly FieldWrite[]
  readonly coming: readonly Coming[]
}

const fieldSubject = (objectName: string, name: string): Subject => ({
  metadataName: 'fieldMetadata',
  operation: 'create',
  code: 'INVALID_FIELD_INPUT',
  name,
  objectName,
})

const inputOf = (field: ValueDocument) => ({
  ...field,
  options: field.options?.map((option, position) => ({ ...option, position })) ?? null,
})

const serverOf = ({ sources }: Described) => ({ hasUuidv7: sources.details.serverVersion >= 180_000 })

const definitionOf = (object: ObjectDocument, fields: readonly FieldDefinition[]): ObjectDefinition => {
  const identifier = fields.find(({ name }) => name === object.labelIdentifier)
  const isSearched = isLabelType(identifier?.type ?? '')
  return {
    nameSingular: object.nameSingular,
    namePlural: object.namePlural,
    labelSingular: object.labelSingular,
    labelPlural: object.labelPlural,
    icon: object.icon ?? '',
    ...(object.description === null ? {} : { description: object.description }),
    labelIdentifier: object.labelIdentifier ?? 'id',
    searchable: isSearched && object.labelIdentifier !== null ? [object.labelIdentifier] : [],
    fields,
  }
}

const planNewObject = (before: Described, object: ObjectDocument): Created => {
  const subject: Subject = {
    metadataName: 'objectMetadata',
    operation: 'create',
    code: 'INVALID_OBJECT_INPUT',
    name: object.nameSingular,
    objectName: object.nameSingular,
  }
  refuseFaults(objectNameFaults(subject, before, object))
  const id = newUuid()
  const table = tableOf(object.nameSingular)
  const uuidFunction = uuidFunctionOf(serverOf(before))
  const values = object.fields.filter(isValueDocument).map((field) => {
    const input = inputOf(field)
    const checked = checkValueField(fieldSubject(object.nameSingular, field.name), input, false)
    const [column] = planField(table, checked.definition, uuidFunction).columns
    const place = { objectId: id, table, column: column?.name ?? '' }
    return { checked, write: valueFieldWrite(place, input, checked) }
  })
  const definition = definitionOf(
    object,
    values.map(({ checked }) => checked.definition),
  )
  const clash = freeTableName(before, table)
  const plan = planObject(definition, uuidFunction, before.names)
  const idNamed = (name: string | null): string | null =>
    name === 'id'
      ? derivedFieldId(id, 1, 'own')
      : (values.find(({ checked }) => checked.definition.name === name)?.write.id ?? null)
  return {
    steps: [...clash, ...tableStatements(plan).map((sql) => ({ sql }))],
    afterwards: [],
    objects: [
      {
        id,
        table,
        annotation: {
          isManaged: true,
          nameSingular: object.nameSingular,
          namePlural: object.namePlural,
          labelSingular: object.labelSingular,
          labelPlural: object.labelPlural,
          description: object.description,
          icon: object.icon,
          shortcut: object.shortcut,
          color: object.color,
          isActive: object.isActive,
          isSearchable: object.isSearchable,
          isLabelSyncedWithName: object.isLabelSyncedWithName,
          labelIdentifier: idNamed(object.labelIdentifier),
          imageIdentifier: idNamed(object.imageIdentifier),
        },
      },
    ],
    fields: values.map(({ write }) => write),
    coming: [{ table, isNewTable: true, columns: plan.columns, enums: plan.enums, foreignKeys: [] }],
  }
}

export const together = (parts: readonly Created[]): Created => ({
  steps: parts.flatMap(({ steps }) => steps),
  afterwards: parts.flatMap(({ afterwards }) => afterwards),
  objects: parts.flatMap(({ objects }) => objects),
  fields: parts.flatMap(({ fields }) => fields),
  coming: parts.flatMap(({ coming }) => coming),
})

/** In steps that count fields. */
export function* newObjectsInSteps(
  before: Described,
  objects: readonly ObjectDocument[],
): DeriveSteps<Created> {
  // Before any derived name is assigned.
  for (const { nameSingular } of objects) before.names.take(tableOf(nameSingular))
  const parts: Created[] = []
  for (const object of objects) {
    parts.push(planNewObject(before, object))
    yield object.fields.length
  }
  return together(parts)
}

/** Value fields of an existing object. */
export const planNewFields = (
  before: Described,
  objectName: string,
  fields: readonly ValueDocument[],
): Created => {
  const object = [...before.objects.values()].find(({ model }) => model.nameSingular === objectName)
  if (object === undefined) return together([])
  return together(
    fields.map((field) => {
      const subject = fieldSubject(objectName, field.name)
      refuseFaults(fieldNameFaults(subject, object, field.name))
      const { plan, schemaChange } = planValueField(before, object, subject, inputOf(field))
      const { columns, enums } = plan
      return {
        steps: schemaChange.steps,
        afterwards: schemaChange.afterwards ?? [],
        objects: [],
        fields: schemaChange.fields ?? [],
        coming: [{ table: object.relation.name, isNewTable: false, columns, enums, foreignKeys: [] }],
      }
    }),
  )
}

/** Properties of a side, except its name. */
const annotationOf = (face: FaceDocument): FieldAnnotationRow => ({
  label: face.label,
  description: face.description,
  icon: face.icon,
  isActive: face.isActive,
  isSystem: face.isSystem,
  isLabelSyncedWithName: face.isLabelSyncedWithName,
})

type Linking = RelationDocument | MorphDocument

const planOneLink = (
  before: Described,
  objectName: string,
  field: Linking,
  link: LinkDocument,
  morph: { readonly id: string; readonly name: string } | undefined,
): Created => {
  const named = (name: string) =>
    [...before.objects.values()].find(({ model }) => model.nameSingular === name)
  const [source, target] = [named(objectName), named(link.target)]
  const subject = fieldSubject(objectName, field.name)
  if (source === undefined || target === undefined)
    throw new MetadataRefusal([faultOf(subject, `There is no object "${link.target}" to point at`)])
  const name = morph === undefined ? field.name : field.name + toTypeName(link.target)
  const planned = planLink(before, subject, {
    source,
    target,
    own: { ...field, name },
    inverse: link.inverse,
    onDelete: link.onDelete,
    ownId: newUuid(),
    inverseId: newUuid(),
    ...(morph === undefined ? {} : { morph }),
  })
  const fields = (planned.fields ?? []).map((write) => ({
    ...write,
    annotation: {
      ...write.annotation,
      ...annotationOf(write.face === 'own' ? field : link.inverse),
      ...(write.face === 'own' && field.settings !== null ? { settings: field.settings } : {}),
    },
  }))
  const { steps, afterwards = [] } = planned
  const [{ column = '', table = '' } = {}] = fields
  const foreignKey = {
    name: `${table}_${column}_fkey`,
    column,
    targetTable: target.relation.name,
    onDelete: link.onDelete,
  }
  const columns = [
    { name: column, sql: 'uuid', notNull: false, default: null, generated: null, comment: field.label },
  ]
  return {
    steps,
    afterwards,
    objects: [],
    fields,
    coming: [{ table, isNewTable: false, columns, enums: [], foreignKeys: [foreignKey] }],
  }
}

/** Relations of a field: all of them for a new field, else those whose targets the morph relation lacks. */
export const planNewLinks = (before: Described, objectName: string, field: Linking): Created => {
  const known = fieldNamed(before, objectName, field.name)
  const had = new Set(
    known?.fields.flatMap((part) =>
      part.kind === 'toOne' ? [before.model.byTable.get(part.target)?.nameSingular] : [],
    ),
  )
  const isMorph = field.type === 'MORPH_RELATION'
  const id = known?.metadata.morphId ?? newUuid()
  return together(
    linksOf(field)
      .filter(({ target }) => !had.has(target))
      .map((link) =>
        planOneLink(before, objectName, field, link, isMorph ? { id, name: field.name } : undefined),
      ),
  )
}
