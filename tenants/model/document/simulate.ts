// Simulates a change on a model's sources, so that the next step of a plan can start from its result. The
// simulated sources describe (describe.ts) like the real ones would. Sizes, sequences and comments are not
// simulated, because planning does not read them.

import type { CatalogColumn, CatalogType } from '../../../sql/catalog/catalog.ts'
import { inWorkspace } from '../../../sql/placeholder.ts'
import type { FieldWrite, ObjectWrite } from '../change/run/schemaChange.ts'
import type { ColumnPlan, EnumPlan, ForeignKeyPlan } from '../ddl/plan.ts'
import type { FieldRow, ObjectRow } from '../read/registry.ts'
import type { ModelSources } from '../read/sources.ts'

export interface Gone {
  readonly tables: ReadonlySet<string>
  /** Columns by their table. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string>>
  readonly types: readonly string[]
}

export const withoutDropped = (sources: ModelSources, { tables, columns, types }: Gone): ModelSources => {
  const { catalog, details, registry } = sources
  const relations = catalog.relations.filter(({ name }) => !tables.has(name))
  const kept = new Set(relations.map(({ oid }) => oid))
  const lost = new Map(
    relations.map(({ oid, name, columns: all }) => [
      oid,
      new Set(all.filter((column) => columns.get(name)?.has(column.name)).map(({ number }) => number)),
    ]),
  )
  const isWhole = (relation: string, numbers: readonly number[]) =>
    kept.has(relation) && !numbers.some((number) => lost.get(relation)?.has(number))
  return {
    ...sources,
    catalog: {
      ...catalog,
      relations: relations.map((relation) => ({
        ...relation,
        columns: relation.columns.filter(({ number }) => !lost.get(relation.oid)?.has(number)),
      })),
      types: catalog.types.filter(({ name, schema }) => schema !== catalog.schema || !types.includes(name)),
      foreignKeys: catalog.foreignKeys.filter(
        (key) => isWhole(key.relation, key.columns) && isWhole(key.target, key.targetColumns),
      ),
      uniqueIndexes: catalog.uniqueIndexes.filter((index) => isWhole(index.relation, index.columns)),
    },
    details: {
      ...details,
      indexes: details.indexes.filter((index) => isWhole(index.relation, index.columns)),
      ownedSequences: details.ownedSequences.filter(({ relation, column }) => isWhole(relation, [column])),
    },
    registry: registry
      .filter(({ table }) => !tables.has(table))
      .map((row) => ({
        ...row,
        fields: row.fields.filter(({ column }) => !columns.get(row.table)?.has(column)),
      })),
  }
}

/** Names in `pg_type` of the types of our columns. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  boolean: 'bool',
  integer: 'int4',
  bigint: 'int8',
  'double precision': 'float8',
}

const NOW = '1970-01-01T00:00:00Z'

export interface Coming {
  readonly table: string
  /** Its table comes with it. */
  readonly isNewTable: boolean
  readonly columns: readonly ColumnPlan[]
  readonly enums: readonly EnumPlan[]
  readonly foreignKeys: readonly ForeignKeyPlan[]
}

const typesOf = (sources: ModelSources, { columns, enums }: Coming): readonly CatalogType[] =>
  columns.flatMap(({ sql }): CatalogType[] => {
    const element = sql.replace(/\[\]$/, '')
    const own = enums.find(({ name }) => inWorkspace(name) === element)
    const known = sources.catalog.types.find(
      ({ name, schema }) => schema === sources.schemaName && inWorkspace(name) === element,
    )
    const base: CatalogType = {
      oid: element,
      name: own?.name ?? known?.name ?? TYPE_NAMES[element] ?? element,
      schema: own === undefined && known === undefined ? 'pg_catalog' : sources.schemaName,
      kind: own === undefined ? (known?.kind ?? 'b') : 'e',
      base: null,
      element: null,
      notNull: false,
      labels: own?.labels ?? known?.labels ?? null,
    }
    return element === sql
      ? [base]
      : [base, { ...base, oid: sql, name: `_${base.name}`, kind: 'b', element, labels: null }]
  })

const columnOf = (plan: ColumnPlan, number: number): CatalogColumn => ({
  number,
  name: plan.name,
  type: plan.sql,
  notNull: plan.notNull,
  hasDefault: plan.default !== null,
  generated: plan.generated !== null,
  dimensions: plan.sql.endsWith('[]') ? 1 : 0,
  comment: plan.comment,
})

const numberOf = (sources: ModelSources, table: string, column: string): number =>
  sources.catalog.relations.find(({ name }) => name === table)?.columns.find(({ name }) => name === column)
    ?.number ?? 0

const withTable = (sources: ModelSources, coming: Coming): ModelSources => {
  const { catalog } = sources
  const oidOf = (table: string): string => catalog.relations.find(({ name }) => name === table)?.oid ?? table
  const known = catalog.relations.find(({ name }) => name === coming.table)
  const last = Math.max(0, ...(known?.columns ?? []).map(({ number }) => number))
  const relation = {
    oid: coming.table,
    name: coming.table,
    kind: 'r' as const,
    comment: null,
    writes: 28,
    ...known,
    columns: [...(known?.columns ?? []), ...coming.columns.map((plan, at) => columnOf(plan, last + at + 1))],
  }
  const grown: ModelSources = {
    ...sources,
    catalog: {
      ...catalog,
      relations: [...catalog.relations.filter((each) => each !== known), relation],
      types: [...catalog.types, ...typesOf(sources, coming)],
      uniqueIndexes: coming.isNewTable
        ? [
            ...catalog.uniqueIndexes,
            {
              name: `${coming.table}_pkey`,
              relation: relation.oid,
              columns: [1],
              primary: true,
              deferrable: false,
              predicate: null,
            },
          ]
        : catalog.uniqueIndexes,
    },
  }
  const keys = coming.foreignKeys.map((key) => ({
    name: key.name,
    relation: relation.oid,
    columns: [numberOf(grown, coming.table, key.column)],
    target: oidOf(key.targetTable),
    targetColumns: [numberOf(grown, key.targetTable, key.targetColumn ?? 'id')],
    onDelete: 'a',
    comment: null,
  }))
  return { ...grown, catalog: { ...grown.catalog, foreignKeys: [...grown.catalog.foreignKeys, ...keys] } }
}

const withRows = (
  sources: ModelSources,
  objects: readonly ObjectWrite[],
  fields: readonly FieldWrite[],
): ModelSources => {
  const rowOf = ({ id, column, table, face, annotation }: FieldWrite): FieldRow => ({
    id,
    number: numberOf(sources, table, column),
    column,
    face,
    annotation,
    createdAt: NOW,
    updatedAt: NOW,
  })
  const rows: readonly ObjectRow[] = [
    ...sources.registry,
    ...objects.map(({ id, table, annotation }) => ({
      id,
      oid: table,
      table,
      namedVersion: Number.MAX_SAFE_INTEGER,
      annotation,
      fields: [],
      createdAt: NOW,
      updatedAt: NOW,
    })),
  ]
  const comingOf = (row: ObjectRow) => fields.filter((field) => field.table === row.table).map(rowOf)
  return { ...sources, registry: rows.map((row) => ({ ...row, fields: [...row.fields, ...comingOf(row)] })) }
}

export const withComing = (
  sources: ModelSources,
  coming: readonly Coming[],
  objects: readonly ObjectWrite[],
  fields: readonly FieldWrite[],
): ModelSources => withRows(coming.reduce(withTable, sources), objects, fields)
