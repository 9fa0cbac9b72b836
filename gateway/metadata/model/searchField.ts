// The searched fields of an object, in the order of its fields, from the columns that feed its search vector.

import type { SearchedColumns } from '../../../sql/catalog/searchedColumns.ts'
import type { Model, ModelField } from '../../../tenants/model/model.ts'
import { valueKindOf } from '../../../tenants/model/scalarType.ts'
import { derivedUuid } from '../../../tenants/uuid.ts'
import type { ObjectNode } from './nodes.ts'

const columnsOf = (field: ModelField | undefined): readonly string[] => {
  if (field?.kind === 'scalar') return [field.column.name]
  return field?.kind === 'composite' ? field.parts.map(({ column }) => column.name) : []
}

export const searchFieldsOf = ({ table, fields }: ObjectNode, model: Model, searched: SearchedColumns) => {
  const columns = new Set(searched.get(table))
  const known = model.byTable.get(table)?.fields
  const vector = fields.find(({ body }) => valueKindOf(body.type) === 'searchVector')
  if (vector === undefined) return []
  return fields
    .filter(({ body }) => columnsOf(known?.get(body.name)).some((column) => columns.has(column)))
    .map(({ body }, position) => ({
      id: derivedUuid(`search field ${body.id}`),
      fieldMetadataId: body.id,
      tsVectorFieldMetadataId: vector.body.id,
      position,
      createdAt: body.createdAt,
      updatedAt: body.updatedAt,
    }))
}
