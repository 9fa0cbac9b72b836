// Derives a workspace's data model from its annotated catalog: Postgres decides what exists. The Model names
// no workspace, so that all workspaces with an equal model can share it. Names are assigned before anything
// is hidden, so that switching one thing off never renames another.

import { createHash } from 'node:crypto'
import type { Catalog, CatalogRelation } from '../../../sql/catalog.ts'
import { quoteIdentifier } from '../../../sql/placeholder.ts'
import {
  type Column,
  type FunctionModel,
  indexObjects,
  type Model,
  type ModelField,
  type ObjectModel,
  type Omitted,
  type UniqueKey,
  type UnmetNames,
} from '../model.ts'
import { toLabel, toTypeName } from '../name.ts'
import { type NamedTable, type NameObjects, nameObjects } from '../naming.ts'
import type { Pin } from '../pin.ts'
import { withReferences } from '../reference.ts'
import type { ObjectNames } from '../reserved.ts'
import { withoutEmptyWrites } from '../writable.ts'
import { type AnnotationSources, annotationsOf, type ObjectAnnotation } from './annotation.ts'
import { columnTypes } from './columnType.ts'
import { addFields } from './deriveFields.ts'
import { functionCandidates } from './deriveFunction.ts'
import { type DeriveSteps, type Draft, namesOfNumbers } from './draft.ts'
import { type NameFields, nameFields } from './fieldNaming.ts'
import { withoutHidden } from './filterInactive.ts'
import { type FunctionNames, functionPins, servedFunctions, unservedOf } from './servedFunctions.ts'

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

/**
 * How the catalog's own texts (predicates, signatures) spell the schema; without it they are alike for all
 * workspaces.
 */
export const withoutSchema = ({ schema }: Pick<Catalog, 'schema'>): ((text: string) => string) => {
  const spellings = [`${quoteIdentifier(schema)}.`, `${schema}.`]
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
          ...(column.dimensions > 1 ? { isNested: true as const } : {}),
          comment: column.comment,
        },
      ]
    }),
  )

const uniqueKeysOf = (
  catalog: Catalog,
  relation: CatalogRelation,
  columnNames: ReadonlyMap<number, string>,
  softDelete: Column | undefined,
): UniqueKey[] =>
  catalog.uniqueIndexes.flatMap((index) => {
    const liveOnly =
      softDelete !== undefined && index.predicate === `(${quoteIfNeeded(softDelete.name)} IS NULL)`
    if (index.relation !== relation.oid || (index.predicate !== null && !liveOnly)) return []
    return [{ name: index.name, columns: namesOfNumbers(columnNames, index.columns), liveOnly }]
  })

/** A column as `pg_get_expr` prints it. */
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
  names: ObjectNames,
  unmet: UnmetNames | null,
  annotation: ObjectAnnotation,
): Draft => {
  const columns = columnsOf(relation, resolve)
  const columnNames = new Map(relation.columns.map((column) => [column.number, column.name]))
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
    emptyStringForNull: annotation.isManaged,
    columns,
    key,
    uniqueKeys: uniqueKeysOf(catalog, relation, columnNames, softDelete ?? undefined),
    fields,
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
  return { relation, annotation, object, fields, columnNames }
}

/** Including the chosen label identifier. */
const labelled = ({ object, fields, annotation: { labelColumn } }: Draft): ObjectModel => {
  const chosen = [...fields.values()].find((field) =>
    field.kind === 'scalar'
      ? field.column.name === labelColumn
      : field.kind === 'composite' && field.parts[0]?.column.name === labelColumn,
  )
  return chosen === undefined ? object : { ...object, labelField: chosen.name }
}

const finished = (draft: Draft): ObjectModel => withoutEmptyWrites(labelled(draft))

/** Neither protocol can show a record without a field. */
const withoutColumns = ({ object: { table, nameSingular, namePlural } }: Draft): Omitted => ({
  table,
  names: [nameSingular, namePlural],
  reason: 'it has no columns',
})

/** Everything that makes two workspaces' APIs differ, in a canonical order, and nothing else. */
function* fingerprint(
  objects: readonly ObjectModel[],
  functions: readonly FunctionModel[],
  omitted: readonly Omitted[],
  annotated: boolean,
): DeriveSteps<string> {
  // Object by object: the text of all has 5 MB for 300 of them.
  const hash = createHash('sha256').update(`[${annotated},[`)
  for (const [index, object] of objects.entries()) {
    const columns = [...object.columns.values()]
    const text = JSON.stringify({ ...object, columns, fields: [...object.fields.values()] })
    hash.update(index === 0 ? text : `,${text}`)
    yield columns.length
  }
  return hash.update(`],${JSON.stringify(functions)},${JSON.stringify(omitted)}]`).digest('hex')
}

export interface DeriveOptions extends AnnotationSources {
  /** Keep what is switched off: the metadata API shows it, the record APIs do not. */
  readonly withInactive?: boolean
  /** Naming rules of an earlier version. */
  readonly naming?: { readonly nameObjects: NameObjects; readonly nameFields: NameFields }
}

const NAMING = { nameObjects, nameFields }

const tablesOf = (
  relations: readonly CatalogRelation[],
  annotations: ReadonlyMap<string, ObjectAnnotation>,
): readonly NamedTable[] =>
  relations.map(({ oid, name }) => {
    const annotation = annotations.get(oid)
    return {
      table: name,
      given: annotation?.names,
      isRegistered: annotation?.isNameRegistered === true,
      isHidden: annotation?.isHidden === true,
      since: annotation?.since ?? 0,
    }
  })

const tablePins = (drafts: readonly Draft[], namings: ReturnType<NameObjects>['tables']): readonly Pin[] =>
  drafts.flatMap(
    ({ object: { table, nameSingular, namePlural }, annotation: { names, isNameRegistered } }) =>
      namings.get(table)?.isContested !== true ||
      isNameRegistered ||
      (names?.nameSingular === nameSingular && names.namePlural === namePlural)
        ? []
        : [{ kind: 'table', table, part: '', names: [nameSingular, namePlural] }],
  )

/** The model of a schema, in steps that count columns: others can be served between them. */
export function* deriveInSteps(catalog: Catalog, options: DeriveOptions): DeriveSteps<Model> {
  const strip = withoutSchema(catalog)
  const plain: Catalog = {
    ...catalog,
    uniqueIndexes: catalog.uniqueIndexes.map((index) => ({
      ...index,
      predicate: index.predicate === null ? null : strip(index.predicate),
    })),
  }
  const resolve = columnTypes(plain)
  const annotations = annotationsOf(plain, options)
  const { nameObjects, nameFields } = options.naming ?? NAMING
  const candidates = functionCandidates(plain, resolve)
  const namings = nameObjects(
    tablesOf(plain.relations, annotations),
    candidates.filter(({ kind }) => kind !== 'computed'),
  )
  yield plain.relations.length
  const all: Draft[] = []
  for (const relation of plain.relations) {
    const annotation = annotations.get(relation.oid)
    const naming = namings.tables.get(relation.name)
    if (annotation === undefined || !naming?.names) continue
    all.push(draftObject(plain, relation, resolve, naming.names, naming.unmet, annotation))
    yield relation.columns.length
  }
  all.sort((a, b) => (a.relation.name < b.relation.name ? -1 : 1))
  const fields = yield* addFields(plain, all, { nameFields, candidates })

  const shown = all.filter(({ object }) => object.columns.size > 0)
  const omitted = [
    ...all.filter(({ object }) => object.columns.size === 0).map(withoutColumns),
    ...[...namings.tables].flatMap(([table, { names, unmet }]): readonly Omitted[] =>
      names !== null || unmet === null ? [] : [{ table, ...unmet }],
    ),
  ].sort((a, b) => (a.table < b.table ? -1 : 1))
  const objects = withReferences((options.withInactive === true ? shown : withoutHidden(shown)).map(finished))
  const functionNames: FunctionNames = new Map([...namings.functions, ...fields.computed])
  const functions = servedFunctions(candidates, functionNames, objects)
  yield objects.length
  return {
    // A model that includes what is switched off is never compiled, so it needs no fingerprint.
    schemaHash:
      options.withInactive === true ? '' : yield* fingerprint(objects, functions, omitted, options.standard),
    functions,
    unserved: unservedOf(candidates, functionNames),
    omitted,
    unpinned: [...tablePins(all, namings.tables), ...fields.pins, ...functionPins(candidates, functionNames)],
    ...indexObjects(objects),
  }
}

/** The model of a schema, at once. */
export const deriveModel = (catalog: Catalog, options: DeriveOptions): Model => {
  const steps = deriveInSteps(catalog, options)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}
