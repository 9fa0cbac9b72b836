// Describes the indexes of one object. Omits indexes on expressions and on columns without a field: the
// metadata API cannot express them.

import type { CatalogIndex } from '../../../sql/catalog/catalogDetails.ts'
import { derivedUuid } from '../../uuid.ts'
import type { LargeTableIndex } from '../ddl/plan.ts'
import { printedPredicate } from '../ddl/statement.ts'
import { areOfBeginnings, isOfBeginnings } from '../ddl/textIndexes.ts'
import type { IndexMetadata } from '../metadata.ts'
import type { ModelSources } from '../read/sources.ts'
import type { DescribedField, DescribedObject } from './catalogRef.ts'
import { buildOfIndex } from './describeBuilds.ts'
import { neededIndexes } from './neededIndexes.ts'

interface Place {
  readonly fieldMetadataId: string
  readonly subFieldName: string | null
}

const placesOf = (fields: readonly DescribedField[]): ReadonlyMap<string, Place> =>
  new Map(
    fields.flatMap(({ fields: parts, face, metadata }) =>
      parts.flatMap((field): [string, Place][] => {
        const place = (subFieldName: string | null): Place => ({ fieldMetadataId: metadata.id, subFieldName })
        if (face === 'inverse' || field.kind === 'toMany') return []
        if (field.kind === 'scalar') return [[field.column.name, place(null)]]
        if (field.kind === 'toOne') return field.columns.map((column) => [column, place(null)])
        return field.parts.map(({ part, column }) => [column.name, place(part.name)])
      }),
    ),
  )

/** Whether the index has the records that a large table's needs, and no others. */
export const coversAsWanted = ({ predicate }: CatalogIndex, wanted: LargeTableIndex): boolean =>
  (predicate?.replaceAll('"', '') ?? null) === printedPredicate(wanted)

/** Whether it compares as wanted: the beginnings of texts, or whole values, which it can sort. */
export const comparesAsWanted = ({ classes }: CatalogIndex, { keys }: LargeTableIndex): boolean =>
  isOfBeginnings(classes) === areOfBeginnings(keys)

/**
 * Indexes that a field, a relation, search, the size of the table or a record rule needs cannot be dropped by
 * users.
 */
const isCustom = (
  sources: ModelSources,
  object: DescribedObject,
  index: CatalogIndex,
  columns: readonly string[],
): boolean => {
  if (index.unique || index.hasConstraint) return false
  if (columns.includes('search_vector')) return false
  if (object.model.emptyStringForNull && columns.join() === 'position') return false
  const isForSize = neededIndexes(sources, object).some(
    (wanted) =>
      wanted.columns.join() === columns.join() &&
      wanted.method === index.method &&
      wanted.options.join() === index.options.join() &&
      coversAsWanted(index, wanted) &&
      comparesAsWanted(index, wanted),
  )
  if (isForSize) return false
  return !(
    columns.length === 1 &&
    [...object.model.fields.values()].some(
      (field) => field.kind === 'toOne' && field.columns.join() === columns.join(),
    )
  )
}

const indexId = (objectId: string, oid: string): string => derivedUuid(`${objectId}:index:${oid}`)

export const describeIndexes = (
  sources: ModelSources,
  object: DescribedObject,
  fields: readonly DescribedField[],
): readonly IndexMetadata[] => {
  const names = new Map(object.relation.columns.map((column) => [column.number, column.name]))
  const places = placesOf(fields)
  const createdAt = object.row === undefined ? sources.createdAt : new Date(object.row.createdAt)
  return sources.details.indexes.flatMap((index): IndexMetadata[] => {
    if (index.relation !== object.relation.oid || index.primary) return []
    if (index.method !== 'btree' && index.method !== 'gin') return []
    const columns = index.columns.map((number) => names.get(number) ?? '')
    const indexed = columns.flatMap((column) => places.get(column) ?? [])
    if (indexed.length < columns.length) return []
    const { id: given, build } = buildOfIndex(sources, index)
    const id = given ?? indexId(object.id, index.oid)
    return [
      {
        id,
        objectMetadataId: object.id,
        name: index.name,
        isCustom: isCustom(sources, object, index, columns),
        isUnique: index.unique,
        indexWhereClause: index.predicate,
        indexType: index.method === 'gin' ? 'GIN' : 'BTREE',
        isValid: index.valid,
        build,
        fields: indexed.map((place, order) => ({ id: derivedUuid(`${id}:${order}`), order, ...place })),
        createdAt,
        updatedAt: createdAt,
      },
    ]
  })
}
