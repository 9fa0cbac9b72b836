// The data model as a role sees it: without unreadable objects, and without fields of which it can read
// nothing. Returns the same model if nothing is hidden.

import type { ColumnsOfFields } from '../../../tenants/model/describe/fieldColumns.ts'
import type { FieldMetadata, ModelMetadata, ObjectMetadata } from '../../../tenants/model/metadata.ts'
import type { Permissions } from '../../../tenants/permission/permissions.ts'

const isSame = <T>(one: readonly T[], other: readonly T[]): boolean =>
  one.length === other.length && one.every((each, index) => each === other[index])

export const visibleModel = (
  model: ModelMetadata,
  columns: ColumnsOfFields,
  { objects }: Permissions,
): ModelMetadata => {
  const isObjectVisible = ({ table }: ObjectMetadata): boolean => objects.get(table)?.canRead === true
  const isColumnReadable = (table: string, column: string): boolean => {
    const readable = objects.get(table)?.readableColumns
    return readable === 'all' || readable?.has(column) === true
  }
  const shown = new Set(model.objects.filter(isObjectVisible).map(({ id }) => id))

  const withTargets = (field: FieldMetadata): FieldMetadata =>
    field.morphRelations?.every(({ targetObjectId }) => shown.has(targetObjectId)) === false
      ? {
          ...field,
          morphRelations: field.morphRelations.filter(({ targetObjectId }) => shown.has(targetObjectId)),
        }
      : field

  const isFieldVisible = ({ id, relation, morphRelations }: FieldMetadata): boolean => {
    const own = columns.get(id) ?? []
    const isReadable = own.length === 0 || own.some(({ table, column }) => isColumnReadable(table, column))
    const isTargetShown = relation === null || shown.has(relation.targetObjectId)
    return isReadable && isTargetShown && morphRelations?.length !== 0
  }

  const visibleObject = (object: ObjectMetadata): ObjectMetadata => {
    const fields = object.fields.map(withTargets).filter(isFieldVisible)
    if (isSame(fields, object.fields)) return object
    const names = new Set(fields.map(({ id }) => id))
    const known = (id: string | null): string | null => (id !== null && names.has(id) ? id : null)
    return {
      ...object,
      fields,
      indexes: object.indexes.filter((index) =>
        index.fields.every(({ fieldMetadataId }) => names.has(fieldMetadataId)),
      ),
      labelIdentifierFieldMetadataId: known(object.labelIdentifierFieldMetadataId),
      imageIdentifierFieldMetadataId: known(object.imageIdentifierFieldMetadataId),
    }
  }

  const visible = model.objects.filter(isObjectVisible).map(visibleObject)
  return isSame(visible, model.objects) ? model : { ...model, objects: visible, omitted: [], unserved: [] }
}
