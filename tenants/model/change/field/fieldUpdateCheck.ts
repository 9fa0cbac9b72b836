// Checks a requested field change. Returns faults with the contract's codes.

import { BASE_FIELDS, columnsOfField } from '../../describe/describeField.ts'
import { isRecord } from '../../json.ts'
import type { FieldMetadata, MetadataFault, OptionMetadata } from '../../metadata.ts'
import {
  faultOf,
  isSynced,
  labelFaults,
  nameFaults,
  nulFaults,
  protectedFault,
  searchableFault,
} from '../check/check.ts'
import { defaultFaults } from '../check/fieldDefault.ts'
import type { UpdateFieldInput } from '../check/input.ts'
import { fieldNameFaults } from '../check/nameUse.ts'
import { isValue, type RequestedChange, renamedDefault, uniqueColumns } from '../check/requestedChange.ts'
import { isVectorOf } from '../step/searchRefresh.ts'

const STANDARD_UPDATES = new Set([
  'defaultValue',
  'description',
  'icon',
  'isActive',
  'label',
  'options',
  'settings',
  'isUnique',
])
const SYSTEM_UPDATES = new Set(['description', 'icon', 'label'])

const isChanged = (update: UpdateFieldInput, now: FieldMetadata, key: string): boolean => {
  const value: unknown = Reflect.get(update, key)
  if (key === 'morphRelationsUpdatePayload') return Array.isArray(value) ? value.length > 0 : value != null
  return value !== undefined && JSON.stringify(value) !== JSON.stringify(Reflect.get(now, key))
}

export const protectionFaults = ({
  field,
  now,
  update,
  subject,
  before,
}: RequestedChange): readonly MetadataFault[] => {
  const isBase = field.object.model.emptyStringForNull && Object.hasOwn(BASE_FIELDS, now.name)
  const allowed = isBase ? SYSTEM_UPDATES : now.isCustom ? undefined : STANDARD_UPDATES
  const forbidden =
    allowed === undefined
      ? []
      : Object.keys(update).filter((key) => isChanged(update, now, key) && !allowed.has(key))
  const identifier = before.metadata.objects.find(
    (object) => object.id === now.objectMetadataId,
  )?.labelIdentifierFieldMetadataId
  return [
    ...(forbidden.length > 0
      ? [
          protectedFault(
            subject,
            'FIELD_MUTATION_NOT_ALLOWED',
            `Cannot edit standard field metadata properties: ${forbidden.join(', ')}`,
          ),
        ]
      : []),
    ...(update.isActive === false && identifier === now.id
      ? [faultOf(subject, 'Cannot deactivate label identifier field')]
      : []),
  ]
}

/** Properties that cannot change, and that clients send back as they read them. */
export const fixedFaults = ({
  before,
  field,
  now,
  update,
  subject,
}: RequestedChange): readonly MetadataFault[] => {
  const { objectMetadataId: objectId, isSearchable } = update
  const columns = field.fields.flatMap((part) =>
    isValue(part) ? columnsOfField(part).map(({ name }) => name) : [],
  )
  return [
    ...(objectId == null || objectId === now.objectMetadataId
      ? []
      : [faultOf(subject, 'A field cannot be moved to another object: objectMetadataId', objectId)]),
    ...(isSearchable == null || isSearchable === isVectorOf(before, field.object.relation, columns)
      ? []
      : [searchableFault(subject, isSearchable)]),
  ]
}

export const nameChangeFaults = ({
  field,
  now,
  update,
  subject,
}: RequestedChange): readonly MetadataFault[] => {
  const name = update.name ?? now.name
  const label = update.label ?? now.label
  const shape = [
    ...nulFaults(subject, update),
    ...(update.name == null ? [] : nameFaults(subject, name)),
    ...(update.label == null ? [] : labelFaults(subject, label, 'Field')),
  ]
  if (shape.length > 0) return shape
  const isToBeSynced =
    update.isLabelSyncedWithName ?? (now.isLabelSyncedWithName && (name !== now.name || label !== now.label))
  const except = new Set([now.name, ...field.fields.map((each) => each.name)])
  return [
    ...(isToBeSynced && !isSynced(name, label)
      ? [faultOf(subject, 'Name is not synced with label.', name)]
      : []),
    ...(name === now.name ? [] : fieldNameFaults(subject, field.object, name, except)),
  ]
}

export const valueFaults = (
  requested: RequestedChange,
  options: readonly OptionMetadata[],
): readonly MetadataFault[] => {
  const { update, now, subject } = requested
  const wanted = update.defaultValue === undefined ? renamedDefault(now, options) : update.defaultValue
  const isRequired = !(update.isNullable ?? now.isNullable)
  const settings = isRecord(update.settings) ? update.settings : now.settings
  const dataType = settings?.dataType ?? now.settings?.dataType
  const isChecked = update.defaultValue !== undefined || update.options !== undefined
  return [
    ...(isChecked ? defaultFaults(subject, now.type, wanted, { options, dataType }) : []),
    ...(isRequired &&
    (wanted === null || wanted === undefined) &&
    (update.defaultValue === null || now.shownDefault === null) &&
    (update.isNullable === false || update.defaultValue === null)
      ? [faultOf(subject, 'Default value cannot be null for non-nullable fields')]
      : []),
    ...(update.isNullable != null &&
    update.isNullable !== now.isNullable &&
    requested.field.fields.some((part) => !isValue(part))
      ? [faultOf(subject, 'Whether a relation may be empty cannot be changed')]
      : []),
    ...(update.isUnique === true &&
    !now.isUnique &&
    ((wanted !== null && wanted !== undefined) ||
      requested.field.fields.some((part) => !isValue(part) || uniqueColumns(part).length === 0))
      ? [
          faultOf(
            subject,
            `Unique index cannot be created for field ${now.name} of type ${now.type}`,
            now.name,
          ),
        ]
      : []),
  ]
}
