// Makes the search vector of an object anew when another field names its records. In: a description and the field; out: steps. A
// generated column cannot take another expression below Postgres 17, so it is dropped and added: the table is rewritten.

import { quoteIdentifier } from '../../sql/placeholder.ts'
import { alterTable, type Step } from './alteration.ts'
import type { Described, ObjectAnchor } from './anchor.ts'
import { derivedIdentifier } from './identifier.ts'
import { toCamelCase } from './name.ts'
import { searchVectorSql } from './search.ts'
import { createIndex } from './statement.ts'

const COLUMN = 'search_vector'

export const refreshSearchVector = (
  before: Described,
  anchor: ObjectAnchor,
  fieldId: string,
): readonly Step[] => {
  const table = anchor.relation.name
  const field = before.fields.get(fieldId)
  const [part] = field?.fields ?? []
  if (!anchor.model.columns.has(COLUMN) || !anchor.model.blanksAbsent || anchor.standard !== undefined)
    return []
  const isText = part?.kind === 'scalar' && part.type === 'TEXT'
  const isFullName = part?.kind === 'composite' && part.type === 'FULL_NAME'
  const stem = isText
    ? part.column.name
    : isFullName
      ? (part.parts[0]?.column.name ?? '').replace(/_first_name$/, '')
      : ''
  const definition = {
    name: toCamelCase(stem),
    label: '',
    type: isFullName ? ('FULL_NAME' as const) : ('TEXT' as const),
  }
  const expression = searchVectorSql(stem === '' ? [] : [definition])
  const index = derivedIdentifier([table, COLUMN], 'idx')
  return [
    {
      ...alterTable(
        table,
        [
          `drop column ${quoteIdentifier(COLUMN)}`,
          `add column ${quoteIdentifier(COLUMN)} tsvector generated always as (${expression}) stored`,
        ],
        'computes the search vector anew',
      ),
      rows: [{ table, effect: 'rewrite' }],
    },
    {
      sql: createIndex(table, { name: index, columns: [COLUMN], method: 'gin', unique: false }),
      rows: [{ table, effect: 'scan' }],
    },
  ]
}
