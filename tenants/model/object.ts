// Objects as operations: create, update, delete. In: inputs of the metadata API; out: the model after the change, or a refusal
// that names every fault. What an object is made of is ddl.ts, how a change is run is alter.ts.

import type { Pool } from 'pg'
import { inWorkspace } from '../../sql/placeholder.ts'
import { newUuid } from '../uuid.ts'
import { alterModel, type Changed } from './alter.ts'
import { type Alteration, dropType, type FieldWrite, type ObjectWrite, type Step } from './alteration.ts'
import { faultOf, isSynced, labelFaults, nameFaults, notFound, type Subject } from './check.ts'
import { createObjects } from './ddl.ts'
import type { ObjectDefinition } from './definition.ts'
import type { Described, ObjectAnchor } from './describe.ts'
import { freeTypeName } from './enum.ts'
import { dropFieldColumns, ownEnums } from './fieldDrop.ts'
import { tableOf } from './fieldPlan.ts'
import type { ChangeOptions, CreateObjectInput, UpdateObjectPayload } from './input.ts'
import { capitalised } from './label.ts'
import type { MetadataFault } from './metadata.ts'
import { MetadataRefusal, refuseFaults } from './metadataRefusal.ts'
import { toTypeName } from './name.ts'
import { objectNameFaults } from './nameUse.ts'
import { derivedMorphId } from './registry.ts'
import { planRelation } from './relationPlan.ts'
import { renameObject } from './rename.ts'
import { refreshSearchVector } from './searchRefresh.ts'

/** Objects that speak about any record, and what every new object is seen through on them. */
const ATTACHED = [
  {
    table: 'timeline_activity',
    inverse: { name: 'timelineActivities', label: 'Timeline Activities', icon: 'IconTimelineEvent' },
  },
  { table: 'attachment', inverse: { name: 'attachments', label: 'Attachments', icon: 'IconPaperclip' } },
  { table: 'note_target', inverse: { name: 'noteTargets', label: 'Notes', icon: 'IconNotes' } },
  { table: 'task_target', inverse: { name: 'taskTargets', label: 'Tasks', icon: 'IconCheckbox' } },
] as const
const MORPH = 'target'

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

const featuresOf = ({ sources }: Described) => ({ hasUuidv7: sources.details.serverVersion >= 180_000 })

const syncFaults = (
  subject: Subject,
  names: Pick<CreateObjectInput, 'nameSingular' | 'namePlural' | 'labelSingular' | 'labelPlural'>,
): readonly MetadataFault[] =>
  isSynced(names.nameSingular, names.labelSingular) && isSynced(names.namePlural, names.labelPlural)
    ? []
    : [faultOf(subject, 'Names are not synced with labels', names.nameSingular)]

const createFaults = (before: Described, input: CreateObjectInput): readonly MetadataFault[] => {
  const subject: Subject = {
    metadataName: 'objectMetadata',
    operation: 'create',
    code: 'INVALID_OBJECT_INPUT',
    name: input.nameSingular,
    objectName: input.nameSingular,
  }
  const shape = [
    ...nameFaults(subject, input.nameSingular),
    ...nameFaults(subject, input.namePlural),
    ...labelFaults(subject, input.labelSingular, 'Object'),
    ...labelFaults(subject, input.labelPlural, 'Object'),
    ...(input.isRemote === true ? [faultOf(subject, 'Remote objects are not supported yet')] : []),
  ]
  if (shape.length > 0) return shape
  return [
    ...(input.isLabelSyncedWithName === true ? syncFaults(subject, input) : []),
    ...objectNameFaults(subject, before, input),
  ]
}

/** Ties the new object to notes, tasks, files and history, where the workspace has them. */
const attach = (before: Described, table: string, input: CreateObjectInput) =>
  ATTACHED.flatMap(({ table: source, inverse }) => {
    const anchor = [...before.objects.values()].find(
      (each) => each.relation.name === source && each.standard !== undefined,
    )
    if (anchor === undefined) return []
    const plan = planRelation(before, {
      table: source,
      name: MORPH + toTypeName(input.nameSingular),
      comment: `Target: ${capitalised(input.labelSingular)}`,
      targetTable: table,
      targetKey: { column: 'id', sql: 'uuid' },
      onDelete: 'CASCADE',
    })
    const write = { objectId: anchor.id, table: source, column: plan.column }
    const fields: readonly FieldWrite[] = [
      {
        ...write,
        id: newUuid(),
        face: 'own',
        annotation: { morph: { id: derivedMorphId(anchor.id, MORPH), name: MORPH } },
      },
      { ...write, id: newUuid(), face: 'inverse', annotation: { ...inverse, isSystem: true } },
    ]
    return [{ plan, fields }]
  })

const planCreate =
  (input: CreateObjectInput) =>
  (before: Described): Alteration => {
    refuseFaults(createFaults(before, input))
    const id = newUuid()
    const table = tableOf(input.nameSingular)
    const hasName = input.skipNameField !== true
    const definition: ObjectDefinition = {
      nameSingular: input.nameSingular,
      namePlural: input.namePlural,
      labelSingular: capitalised(input.labelSingular.trim()),
      labelPlural: capitalised(input.labelPlural.trim()),
      icon: input.icon ?? 'IconBox',
      ...(typeof input.description === 'string' ? { description: input.description } : {}),
      labelIdentifier: hasName ? 'name' : 'id',
      searchable: hasName ? ['name'] : [],
      fields: hasName ? [{ name: 'name', type: 'TEXT', label: 'Name', icon: 'IconAbc' }] : [],
    }
    const clash = freeTypeName(before, table)
    const attached = attach(before, table, input)
    const object: ObjectWrite = {
      id,
      table,
      annotation: {
        isManaged: true,
        isLabelSyncedWithName: input.isLabelSyncedWithName ?? false,
        nameSingular: input.nameSingular,
        namePlural: input.namePlural,
        labelSingular: definition.labelSingular,
        labelPlural: definition.labelPlural,
        description: input.description ?? null,
        icon: input.icon ?? null,
        shortcut: input.shortcut ?? null,
        color: input.color ?? null,
        isSearchable: true,
      },
    }
    const nameField: readonly FieldWrite[] = hasName
      ? [
          {
            id: newUuid(),
            objectId: id,
            table,
            column: 'name',
            face: 'own',
            annotation: { type: 'TEXT', label: 'Name', icon: 'IconAbc', description: 'Name' },
          },
        ]
      : []
    return {
      id,
      steps: [
        ...clash,
        ...createObjects([definition], featuresOf(before)).map((sql) => ({ sql })),
        // Last: from here on the tables that everybody uses are locked.
        ...attached.flatMap(({ plan }) => plan.steps),
      ],
      afterwards: attached.flatMap(({ plan }) => plan.afterwards),
      objects: [object],
      fields: [...nameField, ...attached.flatMap(({ fields }) => fields)],
    }
  }

const objectOf = (before: Described, id: string, operation: 'update' | 'delete'): ObjectAnchor => {
  const anchor = before.objects.get(id)
  if (anchor === undefined) throw notFound('objectMetadata', operation, id)
  return anchor
}

const metadataOf = (before: Described, id: string) =>
  before.metadata.objects.find((object) => object.id === id)

const updateFaults = (
  before: Described,
  anchor: ObjectAnchor,
  update: UpdateObjectPayload,
): readonly MetadataFault[] => {
  const now = metadataOf(before, anchor.id)
  if (now === undefined) return []
  const subject: Subject = {
    metadataName: 'objectMetadata',
    operation: 'update',
    code: 'INVALID_OBJECT_INPUT',
    name: now.nameSingular,
    objectName: now.nameSingular,
  }
  if (now.isSystem)
    return [
      faultOf(subject, 'System objects cannot be updated directly. Use overrides for cosmetic changes.'),
    ]
  const isChanged = (key: string) =>
    Object.hasOwn(update, key) &&
    Reflect.get(update, key) !== undefined &&
    Reflect.get(update, key) !== Reflect.get(now, key)
  const forbidden = Object.keys(update).filter((key) => isChanged(key) && !STANDARD_UPDATES.has(key))
  if (!now.isCustom && forbidden.length > 0)
    return [faultOf(subject, `Cannot edit standard object metadata properties: ${forbidden.join(', ')}`)]
  const names = {
    nameSingular: update.nameSingular ?? now.nameSingular,
    namePlural: update.namePlural ?? now.namePlural,
    labelSingular: update.labelSingular ?? now.labelSingular,
    labelPlural: update.labelPlural ?? now.labelPlural,
  }
  const isRenamed = names.nameSingular !== now.nameSingular || names.namePlural !== now.namePlural
  const shape = [
    ...(update.nameSingular == null ? [] : nameFaults(subject, names.nameSingular)),
    ...(update.namePlural == null ? [] : nameFaults(subject, names.namePlural)),
    ...(update.labelSingular == null ? [] : labelFaults(subject, names.labelSingular, 'Object')),
    ...(update.labelPlural == null ? [] : labelFaults(subject, names.labelPlural, 'Object')),
  ]
  if (shape.length > 0) return shape
  const isToBeSynced = update.isLabelSyncedWithName ?? (now.isLabelSyncedWithName && isRenamed)
  const identifier = update.labelIdentifierFieldMetadataId
  const field = now.fields.find((each) => each.id === identifier)
  return [
    ...(isToBeSynced ? syncFaults(subject, names) : []),
    ...(isRenamed ? objectNameFaults(subject, before, names, anchor.id) : []),
    ...(identifier == null || (field !== undefined && ['TEXT', 'FULL_NAME', 'UUID'].includes(field.type))
      ? []
      : [
          faultOf(
            subject,
            'labelIdentifierFieldMetadataId validation failed: it must be TEXT, FULL_NAME or UUID',
            identifier,
          ),
        ]),
  ]
}

const planUpdate =
  (id: string, update: UpdateObjectPayload) =>
  (before: Described): Alteration => {
    const anchor = objectOf(before, id, 'update')
    refuseFaults(updateFaults(before, anchor, update))
    const nameSingular = update.nameSingular ?? anchor.model.nameSingular
    const isRenamed = nameSingular !== anchor.model.nameSingular
    const renamed = isRenamed ? renameObject(before, anchor, nameSingular) : undefined
    const table = renamed?.table ?? anchor.relation.name
    const identifier = update.labelIdentifierFieldMetadataId
    const search: readonly Step[] =
      identifier == null || renamed !== undefined ? [] : refreshSearchVector(before, anchor, identifier)
    return {
      id,
      steps: [...(renamed?.steps ?? []), ...search],
      objects: [
        {
          id,
          table,
          annotation: given({
            nameSingular: isRenamed || update.namePlural != null ? nameSingular : undefined,
            namePlural:
              isRenamed || update.namePlural != null
                ? (update.namePlural ?? anchor.model.namePlural)
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

const planDelete =
  (id: string) =>
  (before: Described): Alteration => {
    const anchor = objectOf(before, id, 'delete')
    const now = metadataOf(before, id)
    const refuse = (message: string) =>
      new MetadataRefusal(
        [
          {
            metadataName: 'objectMetadata',
            operation: 'delete',
            code: 'INVALID_OBJECT_INPUT',
            message,
            userFriendlyMessage: message,
            name: anchor.model.nameSingular,
          },
        ],
        'FORBIDDEN',
      )
    if (now?.isSystem === true) throw refuse('System objects cannot be deleted')
    if (now?.isCustom !== true) throw refuse('Standard objects cannot be deleted')
    // Foreign keys of other objects go with their columns; those of the object itself go with it.
    const inverses = [...before.fields.values()].filter(
      (field) => field.object === anchor && field.face === 'inverse',
    )
    const dropped = inverses.flatMap((field) => {
      const [toMany] = field.fields
      return toMany?.kind === 'toMany' && toMany.target !== anchor.relation.name
        ? [dropFieldColumns(before, toMany.target, toMany.targetColumns)]
        : []
    })
    const kind = { r: 'table', p: 'table', v: 'view', m: 'materialized view', f: 'foreign table' }[
      anchor.relation.kind
    ]
    return {
      id,
      steps: [
        ...dropped.flatMap(({ steps }) => steps),
        {
          sql: `drop ${kind} ${inWorkspace(anchor.relation.name)}`,
          locks: [{ table: anchor.relation.name, mode: 'ACCESS EXCLUSIVE', why: 'drops the table' }],
        },
        ...ownEnums(before, anchor).map(dropType),
      ],
      forgotten: [id, ...dropped.flatMap(({ forgotten }) => forgotten)],
    }
  }

export const createObject = (
  pool: Pool,
  workspaceId: string,
  input: CreateObjectInput,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planCreate(input))

export const updateObject = (
  pool: Pool,
  workspaceId: string,
  id: string,
  update: UpdateObjectPayload,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planUpdate(id, update))

export const deleteObject = (
  pool: Pool,
  workspaceId: string,
  id: string,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planDelete(id))
