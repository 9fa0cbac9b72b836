// Columns of each metadata field, by the field's id. A composite field has one for each part; a relation has
// those of its foreign key, on either side. Permissions on fields become grants on these columns.

import type { ModelField } from '../model.ts'
import type { DeriveSteps } from '../read/steps.ts'
import type { Described } from './catalogRef.ts'

export interface FieldColumn {
  readonly table: string
  readonly column: string
  /** The part of a composite field that the column holds; null for other fields. */
  readonly part: string | null
}

export type ColumnsOfFields = ReadonlyMap<string, readonly FieldColumn[]>

const columnsOf = (table: string, field: ModelField): readonly FieldColumn[] => {
  switch (field.kind) {
    case 'scalar':
      return [{ table, column: field.column.name, part: null }]
    case 'composite':
      return field.parts.map(({ part, column }) => ({ table, column: column.name, part: part.name }))
    case 'toOne':
      return field.columns.map((column) => ({ table, column, part: null }))
    case 'toMany':
      return field.targetColumns.map((column) => ({ table: field.target, column, part: null }))
  }
}

/** In steps that count fields. */
export function* columnsOfFields({ fields }: Described): DeriveSteps<ColumnsOfFields> {
  const columns = new Map<string, readonly FieldColumn[]>()
  for (const [id, { object, fields: parts }] of fields) {
    columns.set(
      id,
      parts.flatMap((field) => columnsOf(object.relation.name, field)),
    )
    yield parts.length
  }
  return columns
}
