// Objects and fields with the contract's property names, as the metadata API and webhooks show them.

import type { FieldMetadata, ObjectMetadata } from './metadata.ts'

/** Further flags of the contract for objects and fields: non-system things are editable. */
const editability = (isSystem: boolean) => ({
  isUIEditable: !isSystem,
  isUIReadOnly: isSystem,
  writability: 'OPEN',
})

/** The contract has no property for the reason of an object's name. */
const describedName = ({ description, nameNote }: ObjectMetadata): string | null =>
  nameNote === null ? description : [description, nameNote].filter((text) => text !== null).join('\n')

/** Models belong to their workspace, so it is the application they come from. */
export const objectBody = (object: ObjectMetadata, applicationId: string) => ({
  id: object.id,
  universalIdentifier: object.id,
  nameSingular: object.nameSingular,
  namePlural: object.namePlural,
  labelSingular: object.labelSingular,
  labelPlural: object.labelPlural,
  description: describedName(object),
  icon: object.icon,
  shortcut: object.shortcut,
  color: object.color,
  isCustom: object.isCustom,
  isRemote: object.isRemote,
  isActive: object.isActive,
  isSystem: object.isSystem,
  ...editability(object.isSystem),
  isUICreatable: !object.isSystem,
  isSearchable: object.isSearchable,
  openRecordIn: 'SIDE_PANEL',
  readability: 'OPEN',
  readabilityParentFieldUniversalIdentifiers: null,
  applicationId,
  createdAt: object.createdAt,
  updatedAt: object.updatedAt,
  labelIdentifierFieldMetadataId: object.labelIdentifierFieldMetadataId,
  imageIdentifierFieldMetadataId: object.imageIdentifierFieldMetadataId,
  isLabelSyncedWithName: object.isLabelSyncedWithName,
  duplicateCriteria: object.duplicateCriteria,
})

export const fieldBody = (field: FieldMetadata, applicationId: string) => ({
  id: field.id,
  universalIdentifier: field.id,
  type: field.type,
  columnType: field.columnType,
  name: field.name,
  label: field.label,
  description: field.description,
  icon: field.icon,
  isCustom: field.isCustom,
  isActive: field.isActive,
  isSystem: field.isSystem,
  ...editability(field.isSystem),
  isNullable: field.isNullable,
  isUnique: field.isUnique,
  isAuditLogged: false,
  defaultValue: field.shownDefault ?? null,
  options: field.options,
  settings: field.settings,
  objectMetadataId: field.objectMetadataId,
  isLabelSyncedWithName: field.isLabelSyncedWithName,
  morphId: field.morphId,
  createdAt: field.createdAt,
  updatedAt: field.updatedAt,
  applicationId,
})
