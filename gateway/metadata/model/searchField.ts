// The searched fields of an object, in the order of its fields, from the columns that feed its search vector.
// A request finds them once for each object, because each of its fields asks whether it is searched.

import type { SearchedColumns } from '../../../sql/catalog/searchedColumns.ts'
import type { Model, ModelField } from '../../../tenants/model/model.ts'
import { valueKindOf } from '../../../tenants/model/scalarType.ts'
import { derivedUuid } from '../../../tenants/uuid.ts'
import type { FieldNode, ObjectNode } from './nodes.ts'

const columnsOf = (field: ModelField | undefined): readonly string[] => {
  if (field?.kind === 'scalar') return [field.column.name]
  return field?.kind === 'composite' ? field.parts.map(({ column }) => column.name) : []
}

const searchFieldsOf = ({ table, fields }: ObjectNode, model: Model, searched: SearchedColumns) => {
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

export interface SearchedFields {
  readonly of: (object: ObjectNode) => ReturnType<typeof searchFieldsOf>
  readonly isSearched: (field: FieldNode) => boolean
}

/** Lives as long as a request. */
export const createSearchedFields = (model: Model, searched: SearchedColumns): SearchedFields => {
  const find = (object: ObjectNode) => {
    const list = searchFieldsOf(object, model, searched)
    return { list, ids: new Set(list.map(({ fieldMetadataId }) => fieldMetadataId)) }
  }
  const known = new Map<ObjectNode, ReturnType<typeof find>>()
  const foundIn = (object: ObjectNode) => {
    const found = known.get(object) ?? find(object)
    known.set(object, found)
    return found
  }
  return {
    of: (object) => foundIn(object).list,
    isSearched: ({ object, body }) => foundIn(object).ids.has(body.id),
  }
}
