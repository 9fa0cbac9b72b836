// Objects without their fields: columns, keys and rights from the catalog, and which columns become fields.

import type { CatalogRelation, CatalogUniqueIndex } from '../../../sql/catalog/catalog.ts'
import { quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Column, ObjectModel, UniqueKey, UnmetNames } from '../model.ts'
import { toLabel, toTypeName } from '../name.ts'
import type { ObjectNames } from '../reserved.ts'
import type { ObjectAnnotation } from './annotation.ts'
import type { columnTypes } from './columnType.ts'
import { type CompositeColumns, findComposites } from './composite.ts'
import { type Draft, namesOfNumbers, type ValuePlan } from './draft.ts'

const UPDATE = 4
const INSERT = 8
const DELETE = 16
const RULE = 32

const KINDS = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materializedView',
  f: 'foreignTable',
} as const satisfies Record<CatalogRelation['kind'], ObjectModel['kind']>

type Resolve = ReturnType<typeof columnTypes>
type ColumnNames = ReadonlyMap<number, string>
type Indexes = readonly CatalogUniqueIndex[]

const columnsOf = (relation: CatalogRelation, resolve: Resolve): Map<string, Column> =>
  new Map(
    relation.columns.map((column) => {
      const { type, domainNotNull } = resolve(column.type)
      return [
        column.name,
        {
          name: column.name,
          type,
          notNull: column.notNull || domainNotNull,
          hasDefault: column.hasDefault,
          writable: !column.generated,
          ...(column.dimensions > 1 ? { isNested: true as const } : {}),
          comment: column.comment,
        },
      ]
    }),
  )

/** A column as `pg_get_expr` prints it. */
const quoteIfNeeded = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name)

const uniqueKeysOf = (
  indexes: Indexes,
  columnNames: ColumnNames,
  softDelete: Column | undefined,
): UniqueKey[] =>
  indexes.flatMap((index) => {
    const liveOnly =
      softDelete !== undefined && index.predicate === `(${quoteIfNeeded(softDelete.name)} IS NULL)`
    if (index.predicate !== null && !liveOnly) return []
    return [{ name: index.name, columns: namesOfNumbers(columnNames, index.columns), liveOnly }]
  })

const keyOf = (
  indexes: Indexes,
  columnNames: ColumnNames,
  columns: ReadonlyMap<string, Column>,
): string[] => {
  const usable = indexes.filter((index) => index.predicate === null && !index.deferrable)
  const chosen =
    usable.find((index) => index.primary) ??
    usable.find((index) =>
      namesOfNumbers(columnNames, index.columns).every((name) => columns.get(name)?.notNull === true),
    )
  return chosen === undefined ? [] : namesOfNumbers(columnNames, chosen.columns)
}

const isTimestamp = (column: Column | undefined): column is Column =>
  column !== undefined && (column.type.name === 'timestamptz' || column.type.name === 'timestamp')

/** Fields of an object's columns; a composite is listed at its first column. */
const planValues = (
  object: ObjectModel,
  annotation: ObjectAnnotation,
  columnNames: ColumnNames,
  linked: readonly (readonly number[])[],
): readonly ValuePlan[] => {
  // Columns that a key or a relation needs as fields of their own.
  const kept = new Set([
    ...object.key,
    ...linked.flatMap((numbers) => namesOfNumbers(columnNames, numbers)),
    ...annotation.plainColumns,
  ])
  const composites = findComposites(object.columns, kept)
  const compositeOf = new Map(
    composites.flatMap((composite) => composite.parts.map(({ column }) => [column.name, composite] as const)),
  )
  const numbers = new Map([...columnNames].map(([number, name]) => [name, number]))
  const done = new Set<CompositeColumns>()
  return [...object.columns.values()].flatMap((column): readonly ValuePlan[] => {
    const composite = compositeOf.get(column.name)
    if (composite !== undefined && done.has(composite)) return []
    if (composite !== undefined) done.add(composite)
    const columns = composite?.parts.map((part) => part.column) ?? [column]
    const claim = {
      stem: composite?.prefix ?? column.name,
      given: annotation.fieldNames.get(column.name),
      isHidden: columns.every(({ name }) => annotation.hiddenColumns.has(name)),
      since: Math.max(...columns.map(({ name }) => numbers.get(name) ?? 0)),
    }
    return [{ claim, column, composite }]
  })
}

interface DraftSources {
  readonly relation: CatalogRelation
  /** Unique ones of the table. */
  readonly indexes: Indexes
  readonly resolve: Resolve
  readonly names: ObjectNames
  readonly unmet: UnmetNames | null
  readonly annotation: ObjectAnnotation
  /** Numbers of columns that foreign keys have, or refer to. */
  readonly linked: readonly (readonly number[])[]
}

export const draftObject = (sources: DraftSources): Draft => {
  const { relation, indexes, resolve, names, unmet, annotation, linked } = sources
  const columns = columnsOf(relation, resolve)
  const columnNames = new Map(relation.columns.map((column) => [column.number, column.name]))
  const deletedAt = columns.get('deleted_at')
  const softDelete = isTimestamp(deletedAt) && !deletedAt.notNull && deletedAt.writable ? deletedAt : null
  const object: ObjectModel = {
    table: relation.name,
    kind: KINDS[relation.kind],
    ...names,
    typeName: toTypeName(names.nameSingular),
    pluralTypeName: toTypeName(names.namePlural),
    emptyStringForNull: annotation.isManaged,
    columns,
    key: keyOf(indexes, columnNames, columns),
    uniqueKeys: uniqueKeysOf(indexes, columnNames, softDelete ?? undefined),
    fields: new Map(),
    references: new Map(),
    softDelete,
    labelSingular: annotation?.labelSingular ?? toLabel(names.nameSingular),
    labelField: annotation?.labelIdentifier ?? null,
    isSearchable:
      annotation?.isSearchable !== false && columns.get('search_vector')?.type.name === 'tsvector',
    duplicateCriteria: (annotation?.duplicateCriteria ?? []).filter((group) =>
      group.every((name) => columns.has(name)),
    ),
    insertable: (relation.writes & INSERT) !== 0,
    updatable: (relation.writes & UPDATE) !== 0,
    deletable: (relation.writes & DELETE) !== 0,
    ...((relation.writes & RULE) === 0 ? {} : { hasRules: true as const }),
    comment: relation.comment,
    unmet,
  }
  return { annotation, object, columnNames, values: planValues(object, annotation, columnNames, linked) }
}
