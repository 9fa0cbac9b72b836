// The state of the field form, and the change that it makes: null while required input is missing. The
// gateway validates it.

import { type Change, changeOf } from '../change.ts'
import { CreateField, UpdateField } from '../modelChanges.graphql.ts'
import { nameOf } from '../nameOf.ts'
import { type Field, type ModelObject, type Option, settingOf } from '../object.ts'
import { FIELD_TYPES, type FieldType } from './fieldType.ts'

export type RelationType = 'MANY_TO_ONE' | 'ONE_TO_MANY'
export type OnDelete = 'SET_NULL' | 'CASCADE' | 'RESTRICT' | 'NO_ACTION'

export interface FieldDraft {
  readonly type: FieldType
  readonly label: string
  /** Empty while derived from the label. */
  readonly name: string
  readonly description: string
  readonly isRequired: boolean
  readonly isUnique: boolean
  readonly defaultValue: unknown
  readonly options: readonly Option[]
  readonly dataType: string
  readonly relationType: RelationType
  readonly targetIds: readonly string[]
  /** Null while derived from the object's label. */
  readonly targetLabel: string | null
  readonly onDelete: OnDelete
}

export const EMPTY_DRAFT: FieldDraft = {
  type: 'TEXT',
  label: '',
  name: '',
  description: '',
  isRequired: false,
  isUnique: false,
  defaultValue: null,
  options: [],
  dataType: 'float',
  relationType: 'MANY_TO_ONE',
  targetIds: [],
  targetLabel: null,
  onDelete: 'SET_NULL',
}

export const draftOf = (field: Field): FieldDraft => ({
  ...EMPTY_DRAFT,
  type: field.type,
  label: field.label,
  name: field.name,
  description: field.description ?? '',
  isRequired: field.isNullable === false,
  isUnique: field.isUnique === true,
  defaultValue: field.defaultValue ?? null,
  options: field.options ?? [],
  dataType: settingOf(field, 'dataType') ?? 'float',
})

export const hasOptions = (type: FieldType): boolean => type === 'SELECT' || type === 'MULTI_SELECT'
export const isRelation = (type: FieldType): boolean => type === 'RELATION' || type === 'MORPH_RELATION'

/** The typed name, or else the one derived from the label. */
export const draftName = ({ name, label }: Pick<FieldDraft, 'name' | 'label'>): string =>
  name === '' ? nameOf(label) : name

/** Label of the field on the other side; derived from the object's until it is edited. */
export const targetLabelOf = (object: ModelObject, draft: FieldDraft): string =>
  draft.targetLabel ??
  (draft.type === 'MORPH_RELATION' || draft.relationType === 'MANY_TO_ONE'
    ? object.labelPlural
    : object.labelSingular)

const relationInput = (object: ModelObject, draft: FieldDraft) => {
  const payloads = draft.targetIds.map((targetObjectMetadataId) => ({
    targetObjectMetadataId,
    type: draft.type === 'MORPH_RELATION' ? ('MANY_TO_ONE' as const) : draft.relationType,
    targetFieldLabel: targetLabelOf(object, draft).trim(),
    targetFieldIcon: 'IconLink',
  }))
  // Only the side with the foreign key has an ON DELETE action.
  const settings = draft.relationType === 'MANY_TO_ONE' ? { settings: { onDelete: draft.onDelete } } : {}
  return draft.type === 'MORPH_RELATION'
    ? { settings: { onDelete: draft.onDelete }, morphRelationsCreationPayload: payloads }
    : { ...settings, relationCreationPayload: payloads[0] }
}

const valueInput = (draft: FieldDraft) => ({
  isNullable: !draft.isRequired,
  ...(FIELD_TYPES[draft.type].mayBeUnique ? { isUnique: draft.isUnique } : {}),
  ...(FIELD_TYPES[draft.type].defaultInput === null ? {} : { defaultValue: draft.defaultValue }),
  ...(hasOptions(draft.type) ? { options: draft.options } : {}),
  ...(draft.type === 'NUMBER' ? { settings: { dataType: draft.dataType } } : {}),
})

const isComplete = (object: ModelObject, draft: FieldDraft): boolean =>
  draft.label.trim() !== '' &&
  draftName(draft) !== '' &&
  (!isRelation(draft.type) || (draft.targetIds.length > 0 && targetLabelOf(object, draft).trim() !== '')) &&
  (!hasOptions(draft.type) || draft.options.length > 0)

export const createFieldChange = (object: ModelObject, draft: FieldDraft): Change | null => {
  if (!isComplete(object, draft)) return null
  const label = draft.label.trim()
  const description = draft.description.trim()
  const field = {
    objectMetadataId: object.id,
    type: draft.type,
    name: draftName(draft),
    label,
    ...(description === '' ? {} : { description }),
    ...(isRelation(draft.type) ? relationInput(object, draft) : valueInput(draft)),
  }
  return changeOf(
    CreateField,
    { field },
    { title: `Create the field “${label}”`, done: `The field “${label}” was created.` },
  )
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Sends only changed properties: the gateway refuses others of standard fields even if unchanged. */
export const updateFieldChange = (field: Field, draft: FieldDraft): Change | null => {
  if (draft.label.trim() === '') return null
  const before = draftOf(field)
  const now = valueInput(draft)
  const then = valueInput(before)
  const values = Object.entries(now).filter(([key, value]) => !isSame(value, Reflect.get(then, key)))
  const update = {
    ...(draft.label.trim() === before.label ? {} : { label: draft.label.trim() }),
    ...(draft.name === before.name || draft.name === '' ? {} : { name: draft.name }),
    ...(draft.description.trim() === before.description ? {} : { description: draft.description.trim() }),
    ...(isRelation(draft.type) ? {} : Object.fromEntries(values)),
  }
  if (Object.keys(update).length === 0) return null
  return changeOf(
    UpdateField,
    { id: field.id, update },
    {
      title: `Change the field “${field.label}”`,
      done: `The field “${draft.label.trim()}” was changed.`,
    },
  )
}
