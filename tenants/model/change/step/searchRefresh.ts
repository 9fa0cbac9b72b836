// Regenerates an object's search vector when another field becomes its label identifier. Below Postgres 17
// the expression of a generated column cannot be altered, so the column is dropped and added: the table is
// rewritten.

import type { CatalogRelation } from '../../../../sql/catalog/catalog.ts'
import { quoteIdentifier } from '../../../../sql/placeholder.ts'
import { SEARCH_VECTOR_COMMENT, searchableFields } from '../../ddl/baseField.ts'
import { searchVectorSql } from '../../ddl/search.ts'
import { commentOnColumn, createIndex } from '../../ddl/statement.ts'
import type { ObjectDefinition } from '../../definition.ts'
import type { Described, DescribedField, DescribedObject } from '../../describe/catalogRef.ts'
import { isLabelType } from '../../fieldType.ts'
import { derivedIdentifier } from '../../identifier.ts'
import type { CompositeField, ScalarField } from '../../model.ts'
import { toCamelCase } from '../../name.ts'
import { alterTable, type Step } from '../run/schemaChange.ts'

export const SEARCH_VECTOR = 'search_vector'

/**
 * Whether the table's search vector is computed from one of the columns, according to the expression that
 * Postgres prints.
 */
export const isVectorOf = (
  { sources }: Described,
  relation: CatalogRelation,
  columns: readonly string[],
): boolean => {
  const vector = relation.columns.find(({ name }) => name === SEARCH_VECTOR)
  const words = sources.defaults.get(`${relation.oid}:${vector?.number}`)?.split(/[^\p{L}\p{N}_$]+/u) ?? []
  return columns.some((name) => words.includes(name))
}

/** The columns' common name. */
const stemOf = (field: ScalarField | CompositeField): string => {
  if (field.kind === 'scalar') return field.column.name
  const [first] = field.parts
  return first === undefined ? '' : first.column.name.slice(0, -first.part.suffix.length - 1)
}

/** The search expression over the label identifier; without a text field the vector is empty. */
const expressionOf = (field: DescribedField | undefined): string => {
  const [part] = field?.fields ?? []
  if ((part?.kind !== 'scalar' && part?.kind !== 'composite') || !isLabelType(part.type))
    return searchVectorSql([])
  return searchVectorSql([{ name: toCamelCase(stemOf(part)), label: '', type: part.type }])
}

const DROP = `drop column ${quoteIdentifier(SEARCH_VECTOR)}`

/** The index is dropped with the column, so its name is free again. */
const indexNameOf = ({ sources, names }: Described, table: string): string => {
  const relation = sources.catalog.relations.find(({ name }) => name === table)
  const vector = relation?.columns.find(({ name }) => name === SEARCH_VECTOR)
  const known = sources.details.indexes.find(
    (index) => index.relation === relation?.oid && index.columns.join() === String(vector?.number),
  )
  return known?.name ?? names.relation(derivedIdentifier([table, SEARCH_VECTOR], 'idx'))
}

const refresh = (
  before: Described,
  table: string,
  expression: string,
  first: readonly string[],
): readonly Step[] => {
  const add = `add column ${quoteIdentifier(SEARCH_VECTOR)} tsvector generated always as (${expression}) stored`
  const index = indexNameOf(before, table)
  return [
    {
      ...alterTable(table, [...first, add], 'recomputes the search vector', [
        { action: 'addColumn', columns: [SEARCH_VECTOR] },
      ]),
      rows: [{ table, effect: 'rewrite' as const }],
    },
    { sql: commentOnColumn(table, { name: SEARCH_VECTOR, comment: SEARCH_VECTOR_COMMENT }) },
    {
      sql: createIndex(table, { name: index, columns: [SEARCH_VECTOR], method: 'gin', unique: false }),
      rows: [{ table, effect: 'scan' as const }],
    },
  ]
}

/** Drops the vector so that its source columns can be dropped; addSearchVector must follow. */
export const dropSearchVector = (table: string): Step => alterTable(table, [DROP], 'drops the search vector')

export const addSearchVector = (
  before: Described,
  table: string,
  field: DescribedField | undefined,
): readonly Step[] => refresh(before, table, expressionOf(field), [])

export const refreshSearchVector = (
  before: Described,
  object: DescribedObject,
  fieldId: string,
): readonly Step[] =>
  object.model.columns.has(SEARCH_VECTOR) && object.model.emptyStringForNull && object.standard === undefined
    ? refresh(before, object.relation.name, expressionOf(before.fields.get(fieldId)), [DROP])
    : []

/** Recomputes the vector of a standard object with the expression of this version. */
export const renewSearchVector = (
  before: Described,
  table: string,
  object: ObjectDefinition,
): readonly Step[] => refresh(before, table, searchVectorSql(searchableFields(object)), [DROP])
