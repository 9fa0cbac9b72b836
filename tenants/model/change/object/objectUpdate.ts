// Plans changes of objects, or refuses with all faults. rename.ts renames what derives from the table's name.

import { objectCommentSteps } from '../../ddl/comment.ts'
import type { Described, DescribedObject } from '../../describe/catalogRef.ts'
import { isLabelType } from '../../fieldType.ts'
import { capitalised } from '../../label.ts'
import type { FieldMetadata, MetadataFault, ObjectMetadata } from '../../metadata.ts'
import { valueKindOf } from '../../scalarType.ts'
import {
  faultOf,
  labelFaults,
  lengthFaults,
  nameFaults,
  notFound,
  nulFaults,
  protectedFault,
  type Subject,
} from '../check/check.ts'
import type { UpdateObjectPayload } from '../check/input.ts'
import { refuseFaults } from '../check/metadataRefusal.ts'
import { objectNameFaults } from '../check/nameUse.ts'
import type { SchemaChange, Step } from '../run/schemaChange.ts'
import { morphColumnsOf, renameObject } from '../step/rename.ts'
import { refreshSearchVector } from '../step/searchRefresh.ts'
import { syncFaults } from './objectCreate.ts'

const STANDARD_UPDATES = new Set([
  'color',
  'description',
  'icon',
  'isActive',
  'isSearchable',
  'labelPlural',
  'labelSingular',
])

const given = <T extends object>(values: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

export const objectById = (
  before: Described,
  id: string,
  operation: 'update' | 'delete',
): DescribedObject => {
  const object = before.objects.get(id)
  if (object === undefined) throw notFound('objectMetadata', operation, id)
  return object
}

export const metadataOf = (before: Described, id: string) =>
  before.metadata.objects.find((object) => object.id === id)

type IsShown = (field: Pick<FieldMetadata, 'isActive'>) => boolean

/** System objects cannot be updated at all, standard objects only in part. */
const protectionFaults = (
  subject: Subject,
  now: ObjectMetadata,
  update: UpdateObjectPayload,
): readonly MetadataFault[] => {
  if (now.isSystem)
    return [
      protectedFault(
        subject,
        'OBJECT_MUTATION_NOT_ALLOWED',
        'System objects cannot be updated directly. Use overrides for cosmetic changes.',
      ),
    ]
  const isChanged = (key: string) =>
    Object.hasOwn(update, key) &&
    Reflect.get(update, key) !== undefined &&
    Reflect.get(update, key) !== Reflect.get(now, key)
  const forbidden = Object.keys(update).filter((key) => isChanged(key) && !STANDARD_UPDATES.has(key))
  if (!now.isCustom && forbidden.length > 0)
    return [
      protectedFault(
        subject,
        'OBJECT_MUTATION_NOT_ALLOWED',
        `Cannot edit standard object metadata properties: ${forbidden.join(', ')}`,
      ),
    ]
  return []
}

/** Types of label identifiers: a text, or the key. */
const isIdentifierType = (type: string): boolean => isLabelType(type) || valueKindOf(type) === 'uuid'

const identifierFaults = (
  subject: Subject,
  now: ObjectMetadata,
  identifier: UpdateObjectPayload['labelIdentifierFieldMetadataId'],
  isShown: IsShown,
): readonly MetadataFault[] => {
  const field = now.fields.find((each) => each.id === identifier)
  return [
    ...(identifier == null || (field !== undefined && isIdentifierType(field.type))
      ? []
      : [
          faultOf(
            subject,
            'labelIdentifierFieldMetadataId validation failed: it must be TEXT, FULL_NAME or UUID',
            identifier,
          ),
        ]),
    ...(field === undefined || isShown(field)
      ? []
      : [
          faultOf(
            subject,
            `labelIdentifierFieldMetadataId validation failed: "${field.name}" is switched off`,
            identifier,
          ),
        ]),
  ]
}

const updateFaults = (
  before: Described,
  object: DescribedObject,
  update: UpdateObjectPayload,
  isShown: IsShown,
): readonly MetadataFault[] => {
  const now = metadataOf(before, object.id)
  if (now === undefined) return []
  const subject: Subject = {
    metadataName: 'objectMetadata',
    operation: 'update',
    code: 'INVALID_OBJECT_INPUT',
    name: now.nameSingular,
    objectName: now.nameSingular,
  }
  const forbidden = protectionFaults(subject, now, update)
  if (forbidden.length > 0) return forbidden
  const names = {
    nameSingular: update.nameSingular ?? now.nameSingular,
    namePlural: update.namePlural ?? now.namePlural,
    labelSingular: update.labelSingular ?? now.labelSingular,
    labelPlural: update.labelPlural ?? now.labelPlural,
  }
  const isRenamed = names.nameSingular !== now.nameSingular || names.namePlural !== now.namePlural
  const shape = [
    ...nulFaults(subject, update),
    ...(update.nameSingular == null ? [] : nameFaults(subject, names.nameSingular)),
    ...(update.namePlural == null ? [] : nameFaults(subject, names.namePlural)),
    ...(update.labelSingular == null ? [] : labelFaults(subject, names.labelSingular, 'Object')),
    ...(update.labelPlural == null ? [] : labelFaults(subject, names.labelPlural, 'Object')),
  ]
  if (shape.length > 0) return shape
  const isRelabelled = names.labelSingular !== now.labelSingular || names.labelPlural !== now.labelPlural
  const isToBeSynced =
    update.isLabelSyncedWithName ?? (now.isLabelSyncedWithName && (isRenamed || isRelabelled))
  const taken = isRenamed ? objectNameFaults(subject, before, names, object.id) : []
  const morphColumns = isRenamed ? morphColumnsOf(before, object, names.nameSingular) : []
  return [
    ...(isToBeSynced ? syncFaults(subject, names) : []),
    ...taken,
    ...(taken.length > 0
      ? []
      : lengthFaults(
          subject,
          names.nameSingular,
          morphColumns.map(({ to }) => to),
        )),
    ...identifierFaults(subject, now, update.labelIdentifierFieldMetadataId, isShown),
  ]
}

/** @param isShown whether the future label identifier is visible. */
export const planUpdateObject =
  (id: string, update: UpdateObjectPayload, isShown: IsShown = ({ isActive }) => isActive) =>
  (before: Described): SchemaChange => {
    const object = objectById(before, id, 'update')
    refuseFaults(updateFaults(before, object, update, isShown))
    const nameSingular = update.nameSingular ?? object.model.nameSingular
    const isRenamed = nameSingular !== object.model.nameSingular
    const renamed = isRenamed ? renameObject(before, object, nameSingular) : undefined
    const table = renamed?.table ?? object.relation.name
    const identifier = update.labelIdentifierFieldMetadataId
    const now = metadataOf(before, id)
    const labelOf = (label: string | null | undefined) => (label == null ? label : capitalised(label.trim()))
    const comments =
      now === undefined
        ? []
        : objectCommentSteps(before, object, now, {
            labelSingular: labelOf(update.labelSingular),
            labelPlural: labelOf(update.labelPlural),
            description: update.description,
            names:
              isRenamed || update.namePlural != null
                ? [nameSingular, update.namePlural ?? object.model.namePlural]
                : undefined,
          })
    const search: readonly Step[] = identifier == null ? [] : refreshSearchVector(before, object, identifier)
    return {
      id,
      // Before the table is renamed: these steps use the old name.
      steps: [...comments, ...search, ...(renamed?.steps ?? [])],
      objects: [
        {
          id,
          table,
          annotation: given({
            nameSingular: isRenamed || update.namePlural != null ? nameSingular : undefined,
            namePlural:
              isRenamed || update.namePlural != null
                ? (update.namePlural ?? object.model.namePlural)
                : undefined,
            labelSingular:
              update.labelSingular == null ? undefined : capitalised(update.labelSingular.trim()),
            labelPlural: update.labelPlural == null ? undefined : capitalised(update.labelPlural.trim()),
            description: update.description,
            icon: update.icon,
            shortcut: update.shortcut,
            color: update.color,
            isActive: update.isActive ?? undefined,
            isSearchable: update.isSearchable ?? undefined,
            isLabelSyncedWithName: update.isLabelSyncedWithName ?? undefined,
            labelIdentifier: identifier,
            imageIdentifier: update.imageIdentifierFieldMetadataId,
          }),
        },
      ],
      fields: renamed?.fields ?? [],
    }
  }
