// Lays relations between objects: one to-one and one to-many field per foreign key. In: a catalog and objects under
// construction; out: nothing, the objects' fields have grown.

import type { Catalog, CatalogForeignKey } from '../../sql/catalog.ts'
import { type Draft, isTakenIn, namesOfNumbers } from './draft.ts'
import type { ObjectModel, ToManyField, ToOneField } from './model.ts'
import { toCamelCase, toTypeName } from './name.ts'
import { freeName } from './naming.ts'

const withoutId = (name: string): string => (/.Id$/.test(name) ? name.slice(0, -2) : name)

/** `artist_id` → `artist`; a column that does not call itself an id keeps its name, so the relation adds its target's. */
const relationNameOf = (columns: readonly string[], target: ObjectModel): string => {
  const [only, ...more] = columns
  if (only === undefined || more.length > 0) return target.nameSingular
  const camel = toCamelCase(only)
  return withoutId(camel) === camel ? camel + target.typeName : withoutId(camel)
}

const addToOne = (source: Draft, target: Draft, foreignKey: CatalogForeignKey): ToOneField => {
  const columns = namesOfNumbers(source.columnNames, foreignKey.columns)
  const annotated = source.annotation.relations.get(columns.join())?.name
  const derived = relationNameOf(columns, target.object)
  const name = freeName(
    [annotated ?? derived, `${derived}Record`, toCamelCase(foreignKey.name)],
    isTakenIn(source.fields),
  )
  const field: ToOneField = {
    kind: 'toOne',
    name,
    constraint: foreignKey.name,
    target: target.object.table,
    columns,
    targetColumns: namesOfNumbers(target.columnNames, foreignKey.targetColumns),
    inverse: '',
  }
  source.fields.set(name, field)
  const [only] = columns
  if (columns.length === 1) {
    for (const [fieldName, joined] of source.fields) {
      if (joined.kind === 'scalar' && joined.column.name === only && joined.joinOf === null)
        source.fields.set(fieldName, { ...joined, joinOf: name })
    }
  }
  return field
}

const addToMany = (source: Draft, target: Draft, toOne: ToOneField, isOnlyLink: boolean): void => {
  const annotated = source.annotation.relations.get(toOne.columns.join())?.inverse
  const plural = source.object.namePlural
  const by = toOne.columns.map((column) => toTypeName(withoutId(toCamelCase(column)))).join('And')
  const qualified = `${plural}By${by}`
  const name = freeName(
    annotated === undefined ? [...(isOnlyLink ? [plural] : []), qualified] : [annotated, qualified],
    isTakenIn(target.fields),
  )
  const field: ToManyField = {
    kind: 'toMany',
    name,
    constraint: toOne.constraint,
    target: source.object.table,
    columns: toOne.targetColumns,
    targetColumns: toOne.columns,
    inverse: toOne.name,
  }
  target.fields.set(name, field)
  source.fields.set(toOne.name, { ...toOne, inverse: name })
}

export const addRelations = (catalog: Catalog, drafts: readonly Draft[]): void => {
  const byOid = new Map(drafts.map((draft) => [draft.relation.oid, draft]))
  const links = catalog.foreignKeys.flatMap((foreignKey) => {
    const source = byOid.get(foreignKey.relation)
    const target = byOid.get(foreignKey.target)
    return source && target ? [{ foreignKey, source, target }] : []
  })
  const laid = links.map((link) => ({ ...link, toOne: addToOne(link.source, link.target, link.foreignKey) }))
  for (const { source, target, toOne } of laid) {
    const between = laid.filter((other) => other.source === source && other.target === target)
    addToMany(source, target, toOne, between.length === 1 && source !== target)
  }
}
