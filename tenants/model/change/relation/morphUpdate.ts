// Plans changes to the targets of a morph relation: new targets, renamed fields on the other side, and
// removed targets. A target that the payload does not name stays: only an explicit entry removes one, because
// its column is dropped with the values.

import { newUuid } from '../../../uuid.ts'
import type { Described, DescribedField, DescribedObject } from '../../describe/catalogRef.ts'
import { isRecord } from '../../json.ts'
import { fieldNameOfLabel } from '../../label.ts'
import type { ToOneField } from '../../model.ts'
import { toTypeName } from '../../name.ts'
import { faultOf } from '../check/check.ts'
import type { UpdateFieldInput } from '../check/input.ts'
import { MetadataRefusal } from '../check/metadataRefusal.ts'
import { ownSettings, type RequestedChange } from '../check/requestedChange.ts'
import type { SchemaChange } from '../run/schemaChange.ts'
import { dropFieldColumns } from '../step/fieldDrop.ts'
import { type MorphEntry, readMorphEntries } from './morphPayload.ts'
import { ON_DELETE, planLink } from './relationCreate.ts'

interface MorphTargets {
  readonly added: readonly MorphEntry[]
  readonly renamed: readonly MorphEntry[]
  readonly removed: readonly ToOneField[]
}

type MorphSteps = Required<Pick<SchemaChange, 'steps' | 'afterwards' | 'fields' | 'forgotten'>>

type PlanUpdate = (id: string, update: UpdateFieldInput) => (before: Described) => SchemaChange

const partTo = ({ field }: RequestedChange, target: DescribedObject): ToOneField | undefined =>
  field.fields.find(
    (part): part is ToOneField => part.kind === 'toOne' && part.target === target.relation.name,
  )

export const morphTargetsOf = (requested: RequestedChange): MorphTargets => {
  const { field, now, subject } = requested
  const refuse = (message: string) => new MetadataRefusal([faultOf(subject, message)])
  const entries = readMorphEntries(requested)
  const removed = entries
    .filter(({ isRemoved }) => isRemoved)
    .map(({ target }): ToOneField => {
      const part = partTo(requested, target)
      if (part === undefined)
        throw refuse(`The morph relation "${now.name}" does not point at "${target.model.nameSingular}"`)
      return part
    })
  const kept = entries.filter(({ isRemoved }) => !isRemoved)
  const added = kept.filter(({ target }) => partTo(requested, target) === undefined)
  if (removed.length > 0 && removed.length === field.fields.length && added.length === 0)
    throw refuse(`A morph relation needs a target: delete the field "${now.name}" instead`)
  return { added, renamed: kept.filter((entry) => !added.includes(entry)), removed }
}

const inverseOf = ({ before, field }: RequestedChange, target: DescribedObject): DescribedField | undefined =>
  [...before.fields.values()].find(
    ({ face, object, metadata }) =>
      face === 'inverse' && object === target && metadata.relation?.targetFieldId === field.metadata.id,
  )

/** Default name of the field on the other sides. */
const usualFace = (requested: RequestedChange): { readonly label: string; readonly icon: string | null } => {
  const known = requested.field.fields.flatMap((part) => {
    const target = [...requested.before.objects.values()].find(
      ({ relation }) => part.kind === 'toOne' && relation.name === part.target,
    )
    return (target && inverseOf(requested, target)?.metadata) ?? []
  })
  return known[0] ?? { label: requested.field.object.model.namePlural, icon: null }
}

const planAdded = (requested: RequestedChange, { target, label, icon, name }: MorphEntry): SchemaChange => {
  const { before, field, now, update, subject } = requested
  const morph = { id: now.id, name: update.name ?? now.name }
  const usual = usualFace(requested)
  const settings = isRecord(update.settings) ? { ...now.settings, ...update.settings } : now.settings
  const shownLabel = label ?? usual.label
  const { fields = [], ...link } = planLink(before, subject, {
    source: field.object,
    target,
    own: {
      name: morph.name + toTypeName(target.model.nameSingular),
      label: update.label?.trim() ?? now.label,
      icon: update.icon === undefined ? now.icon : update.icon,
      description: update.description === undefined ? now.description : update.description,
    },
    inverse: {
      name: name ?? fieldNameOfLabel(shownLabel),
      label: shownLabel,
      icon: icon === undefined ? usual.icon : icon,
      description: null,
    },
    morph,
    onDelete: ON_DELETE.find((each) => each === settings?.onDelete) ?? 'SET_NULL',
    ownId: newUuid(),
    inverseId: newUuid(),
  })
  const annotation = {
    isActive: update.isActive ?? now.isActive,
    isSystem: update.isSystem ?? now.isSystem,
    isLabelSyncedWithName: update.isLabelSyncedWithName ?? now.isLabelSyncedWithName,
    settings: ownSettings(settings ?? {}),
  }
  return {
    ...link,
    fields: fields.map((write) =>
      write.face === 'own' ? { ...write, annotation: { ...write.annotation, ...annotation } } : write,
    ),
  }
}

const planRenamed = (
  requested: RequestedChange,
  { target, label, icon, name }: MorphEntry,
  planUpdate: PlanUpdate,
): SchemaChange | undefined => {
  const inverse = inverseOf(requested, target)?.metadata
  if (inverse === undefined || (label === undefined && icon === undefined && name === undefined))
    return undefined
  return planUpdate(inverse.id, {
    ...(label === undefined ? {} : { label }),
    ...(icon === undefined ? {} : { icon }),
    ...(name === undefined ? {} : { name }),
  })(requested.before)
}

/** @param columns new names of the field's columns, by their old ones */
export const planMorphTargets = (
  requested: RequestedChange,
  { added, renamed, removed }: MorphTargets,
  columns: ReadonlyMap<string, string>,
  planUpdate: PlanUpdate,
): MorphSteps => {
  const table = requested.field.object.relation.name
  const drops = removed.map(({ columns: names }) => dropFieldColumns(requested.before, table, names))
  const links = added.map((entry) => planAdded(requested, entry))
  const others = renamed.flatMap((entry) => planRenamed(requested, entry, planUpdate) ?? [])
  return {
    steps: [...drops, ...links, ...others].flatMap(({ steps }) => steps),
    afterwards: links.flatMap(({ afterwards = [] }) => afterwards),
    fields: [...links, ...others]
      .flatMap(({ fields = [] }) => fields)
      .map((write) => ({ ...write, column: columns.get(write.column) ?? write.column })),
    forgotten: drops.flatMap(({ forgotten }) => forgotten),
  }
}
