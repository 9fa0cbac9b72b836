// Columns that every object has, around its own. The id comes first and the rest last, so that a DBA sees a
// table's own columns at once.

import { escapeLiteral } from 'pg'
import { inWorkspace } from '../../../sql/placeholder.ts'
import { Refusal } from '../../refusal.ts'
import type { ObjectDefinition, ValueFieldDefinition } from '../definition.ts'
import { derivedIdentifier } from '../identifier.ts'
import type { DerivedNames } from './derivedNames.ts'
import { planField } from './fieldPlan.ts'
import type { ColumnPlan, FieldPlan } from './plan.ts'
import { searchVectorSql } from './search.ts'

export const SEARCH_VECTOR_COMMENT = 'Search vector: what full-text search finds the record by'

const column = (name: string, sql: string, comment: string, more: Partial<ColumnPlan> = {}): ColumnPlan => ({
  name,
  sql,
  notNull: false,
  default: null,
  generated: null,
  comment,
  ...more,
})

const actor = (name: string, label: string): ValueFieldDefinition => ({
  name,
  label,
  type: 'ACTOR',
  isSystem: true,
  isNullable: false,
  defaultValue: { source: "'MANUAL'", name: "''" },
})

export const positionSequenceOf = (table: string): string => derivedIdentifier([table, 'position'], 'seq')

/** The primary key; its constraint is part of the table. */
export const idColumn = (uuidFunction: string): ColumnPlan =>
  column('id', 'uuid', 'Id: a UUID of version 7, which rises with time', {
    notNull: true,
    default: uuidFunction,
  })

/** Sources of the object's search vector. */
export const searchableFields = (object: ObjectDefinition) =>
  object.searchable.map((name) => {
    const field = object.fields.find((candidate) => candidate.name === name)
    if (field === undefined)
      throw new Refusal('INVALID_INPUT', `Object "${object.nameSingular}" has no field "${name}" to search.`)
    return field
  })

/** @param positions the sequence for positions. */
export const planBaseFields = (
  table: string,
  object: ObjectDefinition,
  uuidFunction: string,
  positions: string,
  names: DerivedNames,
): FieldPlan => {
  const sequence = escapeLiteral(inWorkspace(positions))
  const actors = [actor('createdBy', 'Created by'), actor('updatedBy', 'Updated by')].map((field) =>
    planField(table, field, uuidFunction, names),
  )
  return {
    enums: [],
    columns: [
      column('created_at', 'timestamptz', 'Creation date', { notNull: true, default: 'now()' }),
      column('updated_at', 'timestamptz', 'Last update', { notNull: true, default: 'now()' }),
      column('deleted_at', 'timestamptz', 'Deletion date: set while the record is in the trash'),
      ...actors.flatMap((plan) => plan.columns),
      column('position', 'double precision', 'Position: place among the records of a view', {
        notNull: true,
        default: `nextval(${sequence})`,
      }),
      column('search_vector', 'tsvector', SEARCH_VECTOR_COMMENT, {
        generated: searchVectorSql(searchableFields(object)),
      }),
    ],
    foreignKeys: [],
    indexes: [
      {
        name: names.relation(derivedIdentifier([table, 'search_vector'], 'idx')),
        columns: ['search_vector'],
        method: 'gin',
        unique: false,
      },
      // The default order of a list, and the access path to the first and last position.
      {
        name: names.relation(derivedIdentifier([table, 'position'], 'idx')),
        columns: ['position'],
        method: 'btree',
        unique: false,
      },
    ],
  }
}
