// Derives a workspace's data model from its catalog: what exists is what Postgres says exists. In: a catalog and what
// annotates it; out: a Model that names no workspace, so that every workspace of the same shape can share it. Names are
// given before anything is hidden, so that switching one thing off never renames another.

import { createHash } from 'node:crypto'
import type { Catalog, CatalogForeignKey, CatalogRelation } from '../../sql/catalog.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { type AnnotationSources, annotationsOf, type ObjectAnnotation } from './annotation.ts'
import { columnTypes, scalarTypeOf } from './columnType.ts'
import { findComposites } from './composite.ts'
import type {
  Column,
  CompositeField,
  Model,
  ModelField,
  ObjectModel,
  ScalarField,
  ToManyField,
  ToOneField,
  UniqueKey,
} from './model.ts'
import { toCamelCase, toTypeName } from './name.ts'
import { createObjectNaming, freeName, RESERVED_FIELDS } from './naming.ts'

const UPDATE = 4
const INSERT = 8
const DELETE = 16

const KINDS = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materializedView',
  f: 'foreignTable',
} as const satisfies Record<CatalogRelation['kind'], ObjectModel['kind']>

/** An object under construction: its fields grow while relations are laid between objects. */
interface Draft {
  readonly relation: CatalogRelation
  readonly annotation: ObjectAnnotation
  readonly object: ObjectModel
  readonly fields: Map<string, ModelField>
  readonly columnNames: ReadonlyMap<number, string>
}

/** How the catalog's own texts (predicates, signatures) spell the schema; without it they are alike for all workspaces. */
const withoutSchema = (catalog: Catalog): ((text: string) => string) => {
  const spellings = [`${quoteIdentifier(catalog.schema)}.`, `${catalog.schema}.`]
  return (text) => spellings.reduce((rest, spelling) => rest.replaceAll(spelling, ''), text)
}

const columnsOf = (relation: CatalogRelation, resolve: ReturnType<typeof columnTypes>): Map<string, Column> =>
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
          comment: column.comment,
        },
      ]
    }),
  )

const namesOfNumbers = (names: ReadonlyMap<number, string>, numbers: readonly number[]): string[] =>
  numbers.map((number) => names.get(number) ?? '')

const uniqueKeysOf = (
  catalog: Catalog,
  relation: CatalogRelation,
  columnNames: ReadonlyMap<number, string>,
  softDelete: Column | undefined,
): UniqueKey[] =>
  catalog.uniqueIndexes.flatMap((index) => {
    const liveOnly =
      softDelete !== undefined && index.predicate === `(${quoteIfNeeded(softDelete.name)} IS NULL)`
    if (index.relation !== relation.oid || index.deferrable || (index.predicate !== null && !liveOnly))
      return []
    return [{ name: index.name, columns: namesOfNumbers(columnNames, index.columns), liveOnly }]
  })

/** As `pg_get_expr` prints a column. */
const quoteIfNeeded = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name)

const keyOf = (
  catalog: Catalog,
  relation: CatalogRelation,
  columnNames: ReadonlyMap<number, string>,
  columns: ReadonlyMap<string, Column>,
): string[] => {
  const indexes = catalog.uniqueIndexes.filter(
    (index) => index.relation === relation.oid && index.predicate === null && !index.deferrable,
  )
  const chosen =
    indexes.find((index) => index.primary) ??
    indexes.find((index) =>
      namesOfNumbers(columnNames, index.columns).every((name) => columns.get(name)?.notNull === true),
    )
  return chosen === undefined ? [] : namesOfNumbers(columnNames, chosen.columns)
}

const isTimestamp = (column: Column | undefined): column is Column =>
  column !== undefined && (column.type.name === 'timestamptz' || column.type.name === 'timestamp')

const draftObject = (
  catalog: Catalog,
  relation: CatalogRelation,
  resolve: ReturnType<typeof columnTypes>,
  nameObject: ReturnType<typeof createObjectNaming>,
  annotation: ObjectAnnotation,
): Draft => {
  const columns = columnsOf(relation, resolve)
  const columnNames = new Map(relation.columns.map((column) => [column.number, column.name]))
  const names = nameObject(relation.name, annotation.names)
  const deletedAt = columns.get('deleted_at')
  const softDelete = isTimestamp(deletedAt) && !deletedAt.notNull && deletedAt.writable ? deletedAt : null
  const key = keyOf(catalog, relation, columnNames, columns)
  const fields = new Map<string, ModelField>()
  const object: ObjectModel = {
    table: relation.name,
    kind: KINDS[relation.kind],
    ...names,
    typeName: toTypeName(names.nameSingular),
    pluralTypeName: toTypeName(names.namePlural),
    blanksAbsent: annotation.isManaged,
    columns,
    key,
    uniqueKeys: uniqueKeysOf(catalog, relation, columnNames, softDelete ?? undefined),
    fields,
    softDelete,
    insertable: (relation.writes & INSERT) !== 0,
    updatable: (relation.writes & UPDATE) !== 0,
    deletable: (relation.writes & DELETE) !== 0,
    comment: relation.comment,
  }
  return { relation, annotation, object, fields, columnNames }
}

const valueField = (name: string, column: Column, managed: boolean): ScalarField => ({
  kind: 'scalar',
  name,
  type:
    managed && column.name === 'position' && column.type.name === 'float8'
      ? 'POSITION'
      : scalarTypeOf(column.type),
  column,
  joinOf: null,
})

const isTakenIn =
  (fields: ReadonlyMap<string, ModelField>) =>
  (name: string): boolean =>
    fields.has(name) || RESERVED_FIELDS.includes(name)

/** Lays down the fields that columns make, composites where their first column stands. */
const addValueFields = ({ object, fields, annotation }: Draft, keyColumns: ReadonlySet<string>): void => {
  const composites = findComposites(object.columns, new Set([...keyColumns, ...annotation.plainColumns]))
  const compositeOf = new Map(
    composites.flatMap((composite) => composite.parts.map(({ column }) => [column.name, composite])),
  )
  const done = new Set<unknown>()
  for (const column of object.columns.values()) {
    const composite = compositeOf.get(column.name)
    const stem = toCamelCase(composite?.prefix ?? column.name)
    if (composite !== undefined && done.has(composite)) continue
    const given = annotation.fieldNames.get(column.name)
    const name = freeName([...(given === undefined ? [] : [given]), stem, `${stem}Value`], isTakenIn(fields))
    if (composite === undefined) fields.set(name, valueField(name, column, annotation.isManaged))
    else {
      const field: CompositeField = { kind: 'composite', name, type: composite.type, parts: composite.parts }
      fields.set(name, field)
      done.add(composite)
    }
  }
}

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

const addRelations = (catalog: Catalog, drafts: readonly Draft[]): void => {
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

/** Everything that makes two workspaces' APIs differ, in a canonical order and without what makes two workspaces differ. */
const fingerprint = (catalog: Catalog, objects: readonly ObjectModel[], annotated: boolean): string => {
  const strip = withoutSchema(catalog)
  const canonical = JSON.stringify([
    annotated,
    objects.map((object) => ({
      ...object,
      columns: [...object.columns.values()],
      fields: [...object.fields.values()],
    })),
    catalog.functions.map(strip),
  ])
  return createHash('sha256').update(canonical).digest('hex')
}

const hidesField = (draft: Draft, field: ModelField, byTable: ReadonlyMap<string, Draft>): boolean => {
  const { annotation } = draft
  switch (field.kind) {
    case 'scalar':
      return annotation.hiddenColumns.has(field.column.name)
    case 'composite':
      return field.parts.some(({ column }) => annotation.hiddenColumns.has(column.name))
    case 'toOne':
      return (
        byTable.get(field.target)?.annotation.isHidden === true ||
        annotation.hiddenColumns.has(field.columns[0] ?? '')
      )
    case 'toMany': {
      const source = byTable.get(field.target)?.annotation
      return (
        source === undefined ||
        source.isHidden ||
        source.hiddenColumns.has(field.targetColumns[0] ?? '') ||
        source.relations.get(field.targetColumns.join())?.isInverseHidden === true
      )
    }
  }
}

/** Takes out what is switched off; a column whose relation goes becomes a field like any other. */
const withoutHidden = (drafts: readonly Draft[]): readonly Draft[] => {
  const byTable = new Map(drafts.map((draft) => [draft.object.table, draft]))
  for (const draft of drafts) {
    const { fields } = draft
    for (const [name, field] of fields) if (hidesField(draft, field, byTable)) fields.delete(name)
    for (const [name, field] of fields)
      if (field.kind === 'scalar' && field.joinOf !== null && !fields.has(field.joinOf))
        fields.set(name, { ...field, joinOf: null })
  }
  return drafts.filter(({ annotation }) => !annotation.isHidden)
}

export interface DeriveOptions extends AnnotationSources {
  /** Keep what is switched off: the metadata API shows it, the record APIs do not. */
  readonly withInactive?: boolean
}

/** The model of a schema. */
export const deriveModel = (catalog: Catalog, options: DeriveOptions): Model => {
  const strip = withoutSchema(catalog)
  const plain: Catalog = {
    ...catalog,
    uniqueIndexes: catalog.uniqueIndexes.map((index) => ({
      ...index,
      predicate: index.predicate === null ? null : strip(index.predicate),
    })),
  }
  const resolve = columnTypes(plain)
  const nameObject = createObjectNaming()
  const annotations = annotationsOf(plain, options)
  // Names that somebody gave come first; derived ones make way for them.
  const all = plain.relations
    .flatMap((relation) => {
      const annotation = annotations.get(relation.oid)
      return annotation === undefined ? [] : [{ relation, annotation }]
    })
    .sort((a, b) => Number(b.annotation.names !== undefined) - Number(a.annotation.names !== undefined))
    .map(({ relation, annotation }) => draftObject(plain, relation, resolve, nameObject, annotation))
    .sort((a, b) => (a.relation.name < b.relation.name ? -1 : 1))

  for (const draft of all) {
    const referring = plain.foreignKeys.flatMap((foreignKey) => [
      ...(foreignKey.relation === draft.relation.oid
        ? namesOfNumbers(draft.columnNames, foreignKey.columns)
        : []),
      ...(foreignKey.target === draft.relation.oid
        ? namesOfNumbers(draft.columnNames, foreignKey.targetColumns)
        : []),
    ])
    addValueFields(draft, new Set([...draft.object.key, ...referring]))
  }
  addRelations(plain, all)

  const objects = (options.withInactive === true ? all : withoutHidden(all)).map(({ object }) => object)
  return {
    // Nothing is compiled of a model that shows what is switched off, so it needs no fingerprint.
    shape: options.withInactive === true ? '' : fingerprint(plain, objects, options.standard),
    objects,
    byTable: new Map(objects.map((object) => [object.table, object])),
    byPlural: new Map(objects.map((object) => [object.namePlural, object])),
    bySingular: new Map(objects.map((object) => [object.nameSingular, object])),
  }
}
