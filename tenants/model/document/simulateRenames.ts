// Simulates the renames of a schema change on a model's sources, in everything that later steps refer to by
// name.

import type { Catalog, CatalogRelation } from '../../../sql/catalog/catalog.ts'
import type { FieldWrite, ObjectWrite, Renamed, SchemaChange } from '../change/run/schemaChange.ts'
import type { FieldRow, ObjectRow } from '../read/registry.ts'
import type { ModelSources } from '../read/sources.ts'

const NOW = '1970-01-01T00:00:00Z'

const called =
  ({ from, to }: Renamed) =>
  <T extends { readonly name: string }>(thing: T): T =>
    thing.name === from ? { ...thing, name: to } : thing

/** Expressions of generated columns name their source columns. */
const withExpressions = (
  defaults: ModelSources['defaults'],
  { oid, columns }: CatalogRelation,
  { from, to }: Renamed,
): ModelSources['defaults'] =>
  new Map(
    [...defaults].map(([place, expression]) => {
      const isGenerated = columns.some(({ number, generated }) => generated && place === `${oid}:${number}`)
      const printed = expression.replace(/[\p{L}\p{N}_$]+/gu, (word) => (word === from ? to : word))
      return [place, isGenerated ? printed : expression]
    }),
  )

const withColumn = (sources: ModelSources, renamed: Renamed): ModelSources => {
  const { catalog, registry, defaults } = sources
  const relation = catalog.relations.find(({ name }) => name === renamed.table)
  if (relation === undefined) return sources
  return {
    ...sources,
    catalog: {
      ...catalog,
      relations: catalog.relations.map((each) =>
        each === relation ? { ...each, columns: each.columns.map(called(renamed)) } : each,
      ),
    },
    defaults: withExpressions(defaults, relation, renamed),
    registry: registry.map((row) =>
      row.table === renamed.table
        ? {
            ...row,
            fields: row.fields.map((field) =>
              field.column === renamed.from ? { ...field, column: renamed.to } : field,
            ),
          }
        : row,
    ),
  }
}

/** Postgres renames the array type with the element type, and truncates its name to 63 bytes. */
const withType = ({ schema, types }: Catalog, renamed: Renamed): Catalog['types'] => {
  const type = types.find((each) => each.schema === schema && each.name === renamed.from)
  return types.map((each) => {
    if (each === type) return called(renamed)(each)
    return type !== undefined && each.element === type.oid
      ? { ...each, name: `_${renamed.to}`.slice(0, 63) }
      : each
  })
}

const withRenamed = (sources: ModelSources, renamed: Renamed): ModelSources => {
  const { catalog, details, registry } = sources
  const { kind, from, to, table } = renamed
  switch (kind) {
    case 'table':
      return {
        ...sources,
        catalog: { ...catalog, relations: catalog.relations.map(called(renamed)) },
        registry: registry.map((row) => (row.table === from ? { ...row, table: to } : row)),
      }
    case 'column':
      return withColumn(sources, renamed)
    case 'constraint': {
      const oid = catalog.relations.find(({ name }) => name === table)?.oid
      const foreignKeys = catalog.foreignKeys.map((key) =>
        key.relation === oid ? called(renamed)(key) : key,
      )
      return { ...sources, catalog: { ...catalog, foreignKeys } }
    }
    case 'index':
      return {
        ...sources,
        catalog: { ...catalog, uniqueIndexes: catalog.uniqueIndexes.map(called(renamed)) },
        details: { ...details, indexes: details.indexes.map(called(renamed)) },
      }
    case 'type':
      return { ...sources, catalog: { ...catalog, types: withType(catalog, renamed) } }
    case 'sequence':
      return {
        ...sources,
        details: { ...details, ownedSequences: details.ownedSequences.map(called(renamed)) },
      }
  }
}

const withFields = (sources: ModelSources, row: ObjectRow, writes: readonly FieldWrite[]): ObjectRow => {
  const own = writes.filter(({ table }) => table === row.table)
  const columns = sources.catalog.relations.find(({ name }) => name === row.table)?.columns ?? []
  const made = own
    .filter(({ id }) => !row.fields.some((field) => field.id === id))
    .map(
      ({ id, column, face, annotation }): FieldRow => ({
        id,
        column,
        face,
        annotation,
        number: columns.find(({ name }) => name === column)?.number ?? 0,
        createdAt: NOW,
        updatedAt: NOW,
      }),
    )
  const known = row.fields.map((field) => {
    const write = own.find(({ id }) => id === field.id)
    return write === undefined
      ? field
      : { ...field, annotation: { ...field.annotation, ...write.annotation } }
  })
  return { ...row, fields: [...known, ...made] }
}

const rowOf = (sources: ModelSources, { id, table, annotation }: ObjectWrite): ObjectRow => ({
  id,
  oid: sources.catalog.relations.find(({ name }) => name === table)?.oid ?? table,
  table,
  namedVersion: Number.MAX_SAFE_INTEGER,
  annotation,
  fields: [],
  createdAt: NOW,
  updatedAt: NOW,
})

/** Objects with registered fields have rows, too. */
const withObjects = (sources: ModelSources, { objects = [], fields = [] }: SchemaChange): ModelSources => {
  const known = sources.registry.map((row) => {
    const write = objects.find(({ id }) => id === row.id)
    return write === undefined ? row : { ...row, annotation: { ...row.annotation, ...write.annotation } }
  })
  const wanted = [
    ...objects,
    ...fields.map(({ objectId, table }) => ({ id: objectId, table, annotation: {} })),
  ]
  const made = new Map(
    wanted.filter(({ id }) => !known.some((row) => row.id === id)).map((write) => [write.id, write]),
  )
  const rows = [...known, ...[...made.values()].map((write) => rowOf(sources, write))]
  return { ...sources, registry: rows.map((row) => withFields(sources, row, fields)) }
}

export const afterRenames = (sources: ModelSources, schemaChange: SchemaChange): ModelSources =>
  withObjects(
    schemaChange.steps.reduce(
      (current, { renamed }) => (renamed === undefined ? current : withRenamed(current, renamed)),
      sources,
    ),
    schemaChange,
  )
