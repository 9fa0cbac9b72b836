// Plans changes of properties: of objects, fields, both sides of relations. Starts from a description in
// which new things exist already. Each change is planned and checked like a single update (objectUpdate.ts,
// fieldUpdate.ts).

import { newUuid } from '../../uuid.ts'
import type { UpdateFieldInput, UpdateObjectPayload } from '../change/check/input.ts'
import { renamedDefault } from '../change/check/requestedChange.ts'
import { planUpdateField } from '../change/field/fieldUpdate.ts'
import { planIndex } from '../change/object/indexes.ts'
import { planUpdateObject } from '../change/object/objectUpdate.ts'
import { installedSupport } from '../change/object/textIndex.ts'
import {
  buildIndex,
  type FieldWrite,
  type ObjectWrite,
  type SchemaChange,
  type Step,
} from '../change/run/schemaChange.ts'
import { changeOnDelete } from '../change/step/relationPlan.ts'
import { addSearchVector } from '../change/step/searchRefresh.ts'
import type { Described, DescribedField } from '../describe/catalogRef.ts'
import { type ModelChange, renamedOptions } from './diff.ts'
import {
  type FaceDocument,
  type FieldDocument,
  indexKey,
  isValueDocument,
  type LinkDocument,
  linksOf,
  type ModelDocument,
  type ObjectDocument,
  type ValueDocument,
} from './document.ts'
import { fieldNamed } from './drops.ts'

export type Updated = Omit<SchemaChange, 'id'>

const idNamed = (before: Described, object: string, field: string | null): string | null =>
  field === null ? null : (fieldNamed(before, object, field)?.metadata.id ?? null)

/** Properties of a document that updates name differently, or that other steps handle. */
const ELSEWHERE = new Set(['labelIdentifier', 'imageIdentifier', 'targets'])

const wantedOf = (change: ModelChange): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    change.properties
      .filter(({ name }) => !ELSEWHERE.has(name) && !name.includes('.'))
      .map(({ name, after }) => [name, after]),
  )

const planObject = (before: Described, change: ModelChange, want: ObjectDocument): Updated => {
  const object = before.metadata.objects.find(({ nameSingular }) => nameSingular === change.object)
  if (object === undefined) return { steps: [] }
  const isDifferent = (name: string) => change.properties.some((property) => property.name === name)
  const payload: UpdateObjectPayload = {
    ...wantedOf(change),
    ...(isDifferent('labelIdentifier')
      ? { labelIdentifierFieldMetadataId: idNamed(before, change.object, want.labelIdentifier) }
      : {}),
    ...(isDifferent('imageIdentifier')
      ? { imageIdentifierFieldMetadataId: idNamed(before, change.object, want.imageIdentifier) }
      : {}),
  }
  // The same document may switch on what is switched off now.
  return planUpdateObject(object.id, payload, () => true)(before)
}

/** The vector that was dropped with a column of the old label identifier. */
export const planSearchVector = (before: Described, objectId: string, want: ObjectDocument): Updated => {
  const object = before.objects.get(objectId)
  if (object === undefined) return { steps: [] }
  const { name: table } = object.relation
  const field =
    want.labelIdentifier === null ? undefined : fieldNamed(before, want.nameSingular, want.labelIdentifier)
  return {
    steps: addSearchVector(before, table, field),
    objects: [{ id: objectId, table, annotation: { labelIdentifier: field?.metadata.id ?? null } }],
  }
}

/** The document's settings replace the previous ones completely. */
const withSettings = (fields: readonly FieldWrite[], want: FieldDocument): readonly FieldWrite[] =>
  fields.map((write) => ({ ...write, annotation: { ...write.annotation, settings: want.settings } }))

/** A renamed option keeps its id, and so its records. */
const optionsOf = (
  { metadata }: DescribedField,
  { object }: ModelChange,
  want: ValueDocument,
  document: ModelDocument,
) => {
  const known = metadata.options ?? []
  const values = known.map(({ value }) => value)
  const renamed = renamedOptions(document, object, want.name, values)
  const idOf = new Map(known.map(({ id, value }) => [renamed.get(value) ?? value, id]))
  return (want.options ?? []).map((option, position) => ({
    ...option,
    position,
    id: idOf.get(option.value) ?? newUuid(),
  }))
}

const planOwn = (
  before: Described,
  field: DescribedField,
  change: ModelChange,
  want: FieldDocument,
  document: ModelDocument,
): Updated => {
  const wanted = wantedOf(change)
  if (Object.keys(wanted).length === 0) return { steps: [] }
  const options =
    isValueDocument(want) && wanted.options != null ? optionsOf(field, change, want, document) : undefined
  const { defaultValue, ...others } = wanted
  // A default that only follows its option's new value does not count as a change.
  const isFollowing =
    options !== undefined &&
    JSON.stringify(defaultValue) === JSON.stringify(renamedDefault(field.metadata, options))
  const update: UpdateFieldInput = {
    ...others,
    ...(options === undefined ? {} : { options }),
    ...(defaultValue === undefined || isFollowing ? {} : { defaultValue }),
  }
  const { fields = [], ...rest } = planUpdateField(field.metadata.id, update)(before)
  return { ...rest, fields: Object.hasOwn(wanted, 'settings') ? withSettings(fields, want) : fields }
}

const planInverse = (
  before: Described,
  field: DescribedField,
  link: LinkDocument,
  properties: readonly ModelChange['properties'][number][],
): readonly Updated[] => {
  const part = field.fields.find(
    (each) => each.kind === 'toOne' && before.model.byTable.get(each.target)?.nameSingular === link.target,
  )
  if (part?.kind !== 'toOne') return []
  const names = properties.map(({ name }) => name.split('.').at(-1))
  const inverse = fieldNamed(before, link.target, part.inverse)
  const update = Object.fromEntries(
    Object.entries(link.inverse).filter(([name]) => names.includes(name)),
  ) as Partial<FaceDocument>
  return [
    ...(inverse !== undefined && Object.keys(update).length > 0
      ? [planUpdateField(inverse.metadata.id, update)(before)]
      : []),
    ...(names.includes('onDelete')
      ? [changeOnDelete(before, field.object.relation.name, part, link.onDelete)]
      : []),
  ]
}

const planField = (
  before: Described,
  change: ModelChange,
  want: FieldDocument,
  document: ModelDocument,
): readonly Updated[] => {
  const field = fieldNamed(before, change.object, want.name)
  if (field === undefined) return []
  const links = linksOf(want).flatMap((link) => {
    const prefix = want.type === 'MORPH_RELATION' ? `relations.${link.target}.` : 'relation.'
    const properties = change.properties.filter(({ name }) => name.startsWith(prefix))
    return properties.length === 0 ? [] : planInverse(before, field, link, properties)
  })
  return [planOwn(before, field, change, want, document), ...links]
}

/** The model with the document's label identifier in place: the previous one may then be switched off. */
const withIdentifier = (before: Described, want: ObjectDocument): Described => {
  const labelIdentifierFieldMetadataId = idNamed(before, want.nameSingular, want.labelIdentifier)
  const objects = before.metadata.objects.map((object) =>
    object.nameSingular === want.nameSingular ? { ...object, labelIdentifierFieldMetadataId } : object,
  )
  return { ...before, metadata: { ...before.metadata, objects } }
}

export const planUpdate = (
  before: Described,
  change: ModelChange,
  want: ObjectDocument,
  document: ModelDocument,
): readonly Updated[] => {
  if (change.kind === 'UPDATE_OBJECT') return [planObject(before, change, want)]
  const field = want.fields.find(({ name }) => name === change.field)
  return change.kind === 'UPDATE_FIELD' && field !== undefined
    ? planField(withIdentifier(before, want), change, field, document)
    : []
}

export const planWantedIndex = (before: Described, change: ModelChange, want: ObjectDocument): Updated => {
  const object = before.metadata.objects.find(({ nameSingular }) => nameSingular === want.nameSingular)
  const index = want.indexes.find((each) => indexKey(each) === change.index)
  if (object === undefined || index === undefined) return { steps: [] }
  const fields = index.fields.map((path) => {
    const [name = '', subFieldName = null] = path.split('.')
    return { fieldMetadataId: idNamed(before, want.nameSingular, name) ?? name, subFieldName }
  })
  const planned = planIndex(
    before,
    { objectMetadataId: object.id, fields, indexType: index.type },
    installedSupport(before),
  )
  return buildIndex(before, planned.table, planned.index, 'index')
}

/** Merges the rows of each id into one. */
const merged = <Write extends ObjectWrite | FieldWrite>(writes: readonly Write[]): readonly Write[] => {
  const byId = new Map<string, Write>()
  for (const write of writes) {
    const known = byId.get(write.id)
    const annotation = { ...known?.annotation, ...write.annotation }
    byId.set(write.id, known === undefined ? write : { ...write, annotation })
  }
  return [...byId.values()]
}

/**
 * Merges schema changes in order. A row that one records and another forgets, as for a field that is renamed
 * and replaced, is dropped.
 */
export const joined = (parts: readonly Updated[]): Updated & { readonly afterwards: readonly Step[] } => {
  const forgotten = parts.flatMap((part) => part.forgotten ?? [])
  const gone = new Set(forgotten)
  const isKept = ({ id }: { readonly id: string }) => !gone.has(id)
  return {
    steps: parts.flatMap(({ steps }) => steps),
    afterwards: parts.flatMap(({ afterwards = [] }) => afterwards),
    objects: merged(parts.flatMap(({ objects = [] }) => objects)).filter(isKept),
    fields: merged(parts.flatMap(({ fields = [] }) => fields)).filter(isKept),
    forgotten,
  }
}
