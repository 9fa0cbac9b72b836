// Plans changes of fields, or refuses with all faults. fieldUpdateCheck.ts checks the request,
// fieldUpdateSteps.ts changes columns, morphUpdate.ts the targets of morph relations; renaming and the
// registry are here.

import { fieldCommentSteps } from '../../ddl/comment.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { columnsOfField } from '../../describe/describeField.ts'
import { isRecord } from '../../json.ts'
import type { OptionMetadata } from '../../metadata.ts'
import { toSnakeCase, toTypeName } from '../../name.ts'
import { derivedFieldId, type FieldAnnotationRow } from '../../read/registry.ts'
import { hasOwnOptions } from '../../scalarType.ts'
import { lengthFaults, notFound, type Subject } from '../check/check.ts'
import type { UpdateFieldInput } from '../check/input.ts'
import { refuseFaults } from '../check/metadataRefusal.ts'
import { columnFaults } from '../check/nameUse.ts'
import { checkOptions } from '../check/options.ts'
import { isValue, ownSettings, type RequestedChange, withoutShownDefault } from '../check/requestedChange.ts'
import { morphTargetsOf, planMorphTargets } from '../relation/morphUpdate.ts'
import type { FieldWrite, SchemaChange } from '../run/schemaChange.ts'
import { joinColumnOf } from '../step/relationPlan.ts'
import { renameColumns } from '../step/rename.ts'
import { fixedFaults, nameChangeFaults, protectionFaults, valueFaults } from './fieldUpdateCheck.ts'
import {
  defaultSteps,
  nullabilitySteps,
  numberSteps,
  onDeleteSteps,
  optionSteps,
  uniqueSteps,
} from './fieldUpdateSteps.ts'

/** New names of the columns, by their old ones. */
const renamedColumns = ({ field, update, now }: RequestedChange): ReadonlyMap<string, string> => {
  const { name } = update
  if (name == null || name === now.name || field.face === 'inverse') return new Map()
  const pairs = field.fields.flatMap((part): (readonly [string, string])[] => {
    if (part.kind === 'scalar') return [[part.column.name, toSnakeCase(name)]]
    if (part.kind === 'composite')
      return part.parts.map(({ part: { suffix }, column }) => [column.name, `${toSnakeCase(name)}_${suffix}`])
    const [column] = part.columns
    if (part.kind !== 'toOne' || column === undefined || part.columns.length > 1) return []
    const ending = now.type === 'MORPH_RELATION' ? part.name.slice(now.name.length) : ''
    return [[column, joinColumnOf(name + toTypeName(ending))]]
  })
  return new Map(pairs.filter(([from, to]) => from !== to))
}

/** Registry rows: one for the field, or one for each relation of a morph group. */
const writesOf = (
  { field, now, update, before }: RequestedChange,
  columns: ReadonlyMap<string, string>,
  options: readonly OptionMetadata[] | undefined,
): readonly FieldWrite[] => {
  const settings = isRecord(update.settings)
    ? ownSettings({ ...now.settings, ...update.settings })
    : undefined
  const entries: FieldAnnotationRow = Object.fromEntries(
    Object.entries({
      label: update.label?.trim(),
      description: update.description,
      icon: update.icon,
      isActive: update.isActive ?? undefined,
      isSystem: update.isSystem ?? undefined,
      isLabelSyncedWithName: update.isLabelSyncedWithName ?? undefined,
      settings,
      options,
    }).filter(([, value]) => value !== undefined),
  )
  return field.fields.flatMap((part): readonly FieldWrite[] => {
    const isInverse = part.kind === 'toMany'
    const owner = isInverse
      ? [...before.objects.values()].find((object) => object.relation.name === part.target)
      : field.object
    const column = isValue(part)
      ? columnsOfField(part)[0]?.name
      : (isInverse ? part.targetColumns : part.columns)[0]
    if (owner === undefined || column === undefined) return []
    const name = update.name ?? undefined
    const isMorph = now.morphId !== null
    const number = owner.relation.columns.find((each) => each.name === column)?.number ?? 0
    const row = owner.row?.fields.find((each) => each.column === column && each.face === field.face)
    return [
      {
        // A morph field has the id of its group; its relations have rows of their own.
        id: isMorph ? (row?.id ?? derivedFieldId(owner.id, number, 'own')) : now.id,
        objectId: owner.id,
        table: owner.relation.name,
        column: columns.get(column) ?? column,
        face: field.face,
        annotation: {
          ...entries,
          ...(part.kind === 'toOne' ? { type: 'RELATION' as const } : {}),
          ...(name === undefined ? {} : { name: isMorph ? name + part.name.slice(now.name.length) : name }),
          ...(isMorph && now.morphId !== null ? { morph: { id: now.morphId, name: name ?? now.name } } : {}),
        },
      },
    ]
  })
}

/**
 * Refuses with all faults of the request. Returns the new options, if any, and the targets of a morph
 * relation.
 */
const checkUpdate = (requested: RequestedChange) => {
  const { now, update, subject } = requested
  const isSelect = hasOwnOptions(now.type)
  const checked =
    isSelect && update.options !== undefined && update.options !== null
      ? checkOptions(subject, update.options, now.options ?? [])
      : undefined
  // Values are checked against the options, so faults of the options come first.
  const hasOptions = checked === undefined || checked.faults.length === 0
  refuseFaults(protectionFaults(requested))
  const targets = morphTargetsOf(requested)
  refuseFaults([
    ...fixedFaults(requested),
    ...nameChangeFaults(requested),
    ...(hasOptions ? valueFaults(requested, checked?.options ?? now.options ?? []) : checked.faults),
  ])
  return { options: checked?.options, targets }
}

export const planUpdateField =
  (id: string, given: UpdateFieldInput) =>
  (before: Described): SchemaChange => {
    const field = before.fields.get(id)
    if (field === undefined) throw notFound('fieldMetadata', 'update', id)
    const now = field.metadata
    const update = withoutShownDefault(now, given)
    const subject: Subject = {
      metadataName: 'fieldMetadata',
      operation: 'update',
      code: 'INVALID_FIELD_INPUT',
      name: now.name,
      objectName: field.object.model.nameSingular,
    }
    const requested: RequestedChange = { before, field, now, update, subject }
    const { options: wanted, targets } = checkUpdate(requested)
    // Dropped columns are neither renamed nor registered.
    const parts = field.fields.filter((part) => part.kind !== 'toOne' || !targets.removed.includes(part))
    const staying: RequestedChange = { ...requested, field: { ...field, fields: parts } }
    const columns = renamedColumns(staying)
    const name = update.name ?? now.name
    const renamed = [...columns.values()]
    refuseFaults([
      ...lengthFaults(subject, name, renamed),
      ...columnFaults(subject, field.object, name, renamed, new Set(columns.keys())),
    ])
    const options = optionSteps(requested, wanted)
    const unique = uniqueSteps(requested, columns)
    const onDelete = onDeleteSteps(staying, columns)
    const nullability = nullabilitySteps(requested, columns)
    const morph = planMorphTargets(requested, targets, columns, planUpdateField)
    return {
      id,
      steps: [
        ...fieldCommentSteps(field.object, field.fields, now, update),
        // Before the options: records may be about to lose theirs.
        ...(update.isNullable === true ? nullability.steps : []),
        ...options,
        ...numberSteps(requested),
        ...defaultSteps(
          requested,
          options.some((step) => step.rows !== undefined),
        ),
        ...(update.isNullable === true ? [] : nullability.steps),
        ...unique.steps,
        ...onDelete.steps,
        ...morph.steps,
        // Last, so that the steps above can use the current names.
        ...(columns.size === 0 ? [] : renameColumns(before, field.object, columns, unique.dropped)),
      ],
      afterwards: [
        ...nullability.afterwards,
        ...(unique.afterwards ?? []),
        ...(onDelete.afterwards ?? []),
        ...morph.afterwards,
      ],
      fields: [...writesOf(staying, columns, wanted), ...morph.fields],
      forgotten: morph.forgotten,
    }
  }
