// Random changes of a catalog and its registry, one at a time: each kind of value that they hold, and tables,
// columns, keys and functions as a whole.

import type { Catalog, CatalogRelation } from '../../sql/catalog/catalog.ts'
import type { Registry } from '../../tenants/model/read/registry.ts'
import type { Random } from '../schemas/random.ts'

export interface CatalogState {
  readonly catalog: Catalog
  readonly registry: Registry
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Change = (state: CatalogState, random: Random) => CatalogState

const NAMES = ['company', 'people', 'news', 'actor', 'machine', 'foo_bar', 'Foo Bar', 'notes', 'order']
const COMMENTS = [
  ...[null, '@name gadget', '@name gadget gadgets', '@name boss staff', '@omit', '@hidden', 'A text.'],
  ...['@name company', '@name name'],
]
const FK_ACTIONS = ['a', 'c', 'n']

const replaced = <Item>(items: readonly Item[], item: Item, by: Item): Item[] =>
  items.map((each) => (each === item ? by : each))

const onCatalog = (state: CatalogState, more: Partial<Catalog>): CatalogState => ({
  ...state,
  catalog: { ...state.catalog, ...more },
})

const onRelation = (
  state: CatalogState,
  random: Random,
  change: (relation: CatalogRelation) => CatalogRelation,
): CatalogState => {
  const { relations } = state.catalog
  const relation = random.pick(relations)
  return onCatalog(state, { relations: replaced(relations, relation, change(relation)) })
}

/** Changes one leaf of a JSON value; oids become other oids of the catalog. */
const withOtherLeaf = (value: Json, random: Random, oids: readonly string[]): Json => {
  if (Array.isArray(value)) {
    if (value.length === 0) return value
    const index = random.below(value.length)
    return value.map((each, at) => (at === index ? withOtherLeaf(each, random, oids) : each))
  }
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value)
    if (keys.length === 0) return value
    const key = random.pick(keys)
    if (key === 'comment') return { ...value, comment: random.pick(COMMENTS) }
    return { ...value, [key]: withOtherLeaf(value[key] ?? null, random, oids) }
  }
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return Math.max(0, value + random.pick([-1, 1, 2]))
  if (value !== null && oids.includes(value)) return random.pick(oids)
  return value === null ? null : `${value}1`
}

const PARTS = ['relations', 'types', 'foreignKeys', 'uniqueIndexes', 'functions'] as const

const otherLeaf: Change = (state, random) => {
  const { catalog } = state
  const part = random.pick(PARTS)
  const isOfTables = part === 'foreignKeys' || part === 'uniqueIndexes'
  const oids = (isOfTables ? catalog.relations : catalog.types).map(({ oid }) => oid)
  const copy = JSON.parse(JSON.stringify(catalog[part])) as Json
  return onCatalog(state, { [part]: withOtherLeaf(copy, random, oids) })
}

const otherRow: Change = (state, random) => {
  const copy = JSON.parse(JSON.stringify(state.registry)) as Json
  return { ...state, registry: withOtherLeaf(copy, random, []) as unknown as Registry }
}

const ANNOTATIONS = [
  { isActive: false },
  { isManaged: true },
  { nameSingular: 'gadget', namePlural: 'gadgets' },
  { isSearchable: false, labelSingular: 'Thing' },
]
const FIELD_ANNOTATIONS = [
  { isActive: false },
  { name: 'gadget' },
  { type: 'TEXT' },
  { name: 'boss', type: 'RELATION', keyedAt: 3, keyedVersion: 2 },
] as const

const annotated: Change = (state, random) => {
  if (state.registry.length === 0) return state
  const row = random.pick(state.registry)
  const relation = state.catalog.relations.find(({ name }) => name === row.table)
  const column = relation?.columns[random.below(Math.max(1, relation.columns.length))]
  const field = column && {
    id: `field ${row.table} ${column.number}`,
    number: column.number,
    column: column.name,
    face: random.pick(['own', 'inverse'] as const),
    annotation: random.pick(FIELD_ANNOTATIONS),
    createdAt: '',
    updatedAt: '',
  }
  const changed = random.chance(0.5)
    ? { ...row, annotation: { ...row.annotation, ...random.pick(ANNOTATIONS) } }
    : {
        ...row,
        annotation: random.chance(0.3)
          ? { ...row.annotation, labelIdentifier: field?.id ?? null }
          : row.annotation,
        fields: field === undefined ? [] : [...row.fields, field],
      }
  return { ...state, registry: replaced(state.registry, row, changed) }
}

const renamed: Change = (state, random) =>
  onRelation(state, random, (relation) => ({ ...relation, name: `${random.pick(NAMES)}${random.below(3)}` }))

const commented: Change = (state, random) =>
  onRelation(state, random, (relation) => ({ ...relation, comment: random.pick(COMMENTS) }))

const columnCommented: Change = (state, random) =>
  onRelation(state, random, (relation) => {
    if (relation.columns.length === 0) return relation
    const column = random.pick(relation.columns)
    return {
      ...relation,
      columns: replaced(relation.columns, column, { ...column, comment: random.pick(COMMENTS) }),
    }
  })

const withColumn: Change = (state, random) =>
  onRelation(state, random, (relation) => ({
    ...relation,
    columns: [
      ...relation.columns,
      {
        number: Math.max(0, ...relation.columns.map(({ number }) => number)) + 1,
        name: `${random.pick(NAMES)}_id`,
        type: random.pick(state.catalog.types.filter(({ kind }) => kind !== 'p')).oid,
        notNull: random.chance(0.5),
        hasDefault: random.chance(0.5),
        generated: random.chance(0.2),
        dimensions: 0,
        comment: null,
      },
    ],
  }))

const withoutColumn: Change = (state, random) =>
  onRelation(state, random, (relation) => ({ ...relation, columns: relation.columns.slice(0, -1) }))

const withTable: Change = (state, random) => {
  const model = random.pick(state.catalog.relations)
  const oid = String(900_000 + random.below(90_000))
  const relation = { ...model, oid, name: `${random.pick(NAMES)}${oid}` }
  return onCatalog(state, { relations: [...state.catalog.relations, relation] })
}

const withoutTable: Change = (state, random) => {
  const { relations, foreignKeys, uniqueIndexes } = state.catalog
  const { oid } = random.pick(relations)
  return onCatalog(state, {
    relations: relations.filter((each) => each.oid !== oid),
    foreignKeys: foreignKeys.filter((each) => each.relation !== oid && each.target !== oid),
    uniqueIndexes: uniqueIndexes.filter((each) => each.relation !== oid),
  })
}

const withKey: Change = (state, random) => {
  const { relations, foreignKeys } = state.catalog
  const [source, target] = [random.pick(relations), random.pick(relations)]
  const [column, other] = [source.columns.at(-1), target.columns[0]]
  if (column === undefined || other === undefined) return state
  const key = {
    name: `key${random.below(1000)}`,
    relation: source.oid,
    columns: [column.number],
    target: target.oid,
    targetColumns: [other.number],
    onDelete: random.pick(FK_ACTIONS),
    comment: random.pick(COMMENTS),
  }
  return onCatalog(state, { foreignKeys: [...foreignKeys, key] })
}

const keyElsewhere: Change = (state, random) => {
  const { relations, foreignKeys } = state.catalog
  if (foreignKeys.length === 0) return state
  const key = random.pick(foreignKeys)
  const other = { ...key, target: random.pick(relations).oid, comment: random.pick(COMMENTS) }
  return onCatalog(state, { foreignKeys: replaced(foreignKeys, key, other) })
}

const withoutLabel: Change = (state, random) => {
  const { types } = state.catalog
  const enums = types.filter(({ labels }) => (labels?.length ?? 0) > 1)
  if (enums.length === 0) return state
  const type = random.pick(enums)
  return onCatalog(state, {
    types: replaced(types, type, { ...type, labels: type.labels?.slice(1) ?? null }),
  })
}

const withFunction: Change = (state, random) => {
  const { functions, relations, types } = state.catalog
  if (functions.length === 0) return state
  const rows = types.filter(({ relation }) => relation != null)
  const name = `${random.pick(relations).name}_${random.pick(NAMES)}`
  const argument = { name: 'one', type: random.pick(rows.length > 0 ? rows : types).oid, mode: 'i' }
  const made = {
    ...random.pick(functions),
    name,
    volatility: random.pick(['s', 'v']),
    arguments: random.chance(0.7) ? [argument] : [],
    comment: random.pick(COMMENTS),
    namedVersion: random.pick([null, 1, 2]),
  }
  return onCatalog(state, { functions: [...functions, made] })
}

const CHANGES: Readonly<Record<string, Change>> = {
  otherLeaf,
  otherRow,
  annotated,
  renamed,
  commented,
  columnCommented,
  withColumn,
  withoutColumn,
  withTable,
  withoutTable,
  withKey,
  keyElsewhere,
  withoutLabel,
  withFunction,
}

/** A changed copy, and the name of the change. */
export const mutate = (state: CatalogState, random: Random): readonly [string, CatalogState] => {
  const name = random.pick(Object.keys(CHANGES))
  return [name, CHANGES[name]?.(state, random) ?? state]
}
