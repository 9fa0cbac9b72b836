// Plans new objects, or refuses with all faults. ddl.ts generates the tables.

import { newUuid } from '../../../uuid.ts'
import { targetComment } from '../../ddl/comment.ts'
import { createObjects } from '../../ddl/ddl.ts'
import { tableOf } from '../../ddl/fieldPlan.ts'
import type { ObjectDefinition } from '../../definition.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { capitalised, objectNameOfLabel } from '../../label.ts'
import type { MetadataFault } from '../../metadata.ts'
import { toTypeName } from '../../name.ts'
import { derivedMorphId } from '../../read/registry.ts'
import { faultOf, labelFaults, lengthFaults, nameFaults, nulFaults, type Subject } from '../check/check.ts'
import { freeTableName } from '../check/freeName.ts'
import type { CreateObjectInput } from '../check/input.ts'
import { refuseFaults } from '../check/metadataRefusal.ts'
import { objectNameFaults } from '../check/nameUse.ts'
import type { FieldWrite, ObjectWrite, SchemaChange } from '../run/schemaChange.ts'
import { joinColumnOf, planRelation } from '../step/relationPlan.ts'

/** Objects that can refer to any record, with the field under which they list a new object. */
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

const featuresOf = ({ sources }: Described) => ({ hasUuidv7: sources.details.serverVersion >= 180_000 })

/** Checks that names follow from labels if they are meant to. */
export const syncFaults = (
  subject: Subject,
  names: Pick<CreateObjectInput, 'nameSingular' | 'namePlural' | 'labelSingular' | 'labelPlural'>,
): readonly MetadataFault[] =>
  names.nameSingular === objectNameOfLabel(names.labelSingular) &&
  names.namePlural === objectNameOfLabel(names.labelPlural)
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
    ...nulFaults(subject, input),
    ...nameFaults(subject, input.nameSingular),
    ...nameFaults(subject, input.namePlural),
    ...labelFaults(subject, input.labelSingular, 'Object'),
    ...labelFaults(subject, input.labelPlural, 'Object'),
    ...(input.isRemote === true ? [faultOf(subject, 'Remote objects are not supported yet')] : []),
  ]
  if (shape.length > 0) return shape
  const names = objectNameFaults(subject, before, input)
  const join = joinColumnOf(MORPH + toTypeName(input.nameSingular))
  return [
    ...(input.isLabelSyncedWithName === true ? syncFaults(subject, input) : []),
    ...names,
    ...(names.length === 0 && before.sources.hasStandardObjects
      ? lengthFaults(subject, input.nameSingular, [join])
      : []),
  ]
}

/** Relates the new object to notes, tasks, files and history, if the workspace has them. */
const attach = (before: Described, table: string, input: CreateObjectInput) =>
  ATTACHED.flatMap(({ table: source, inverse }) => {
    const owner = [...before.objects.values()].find(
      (each) => each.relation.name === source && each.standard !== undefined,
    )
    if (owner === undefined) return []
    const plan = planRelation(before, {
      table: source,
      name: MORPH + toTypeName(input.nameSingular),
      comment: targetComment(capitalised(input.labelSingular.trim())),
      targetTable: table,
      targetKey: { column: 'id', sql: 'uuid' },
      onDelete: 'CASCADE',
    })
    const write = { objectId: owner.id, table: source, column: plan.column }
    const fields: readonly FieldWrite[] = [
      {
        ...write,
        id: newUuid(),
        face: 'own',
        annotation: { morph: { id: derivedMorphId(owner.id, MORPH), name: MORPH } },
      },
      { ...write, id: newUuid(), face: 'inverse', annotation: { ...inverse, isSystem: true } },
    ]
    return [{ plan, fields }]
  })

const nameFieldOf = (objectId: string, table: string): FieldWrite => ({
  id: newUuid(),
  objectId,
  table,
  column: 'name',
  face: 'own',
  annotation: { type: 'TEXT', label: 'Name', icon: 'IconAbc', description: 'Name' },
})

export const planCreateObject =
  (input: CreateObjectInput) =>
  (before: Described): SchemaChange => {
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
    const clash = freeTableName(before, table)
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
    return {
      id,
      steps: [
        ...clash,
        ...createObjects([definition], featuresOf(before), before.names).map((sql) => ({ sql })),
        // Last: from here on, heavily used tables are locked.
        ...attached.flatMap(({ plan }) => plan.steps),
      ],
      afterwards: attached.flatMap(({ plan }) => plan.afterwards),
      objects: [object],
      fields: [...(hasName ? [nameFieldOf(id, table)] : []), ...attached.flatMap(({ fields }) => fields)],
    }
  }
