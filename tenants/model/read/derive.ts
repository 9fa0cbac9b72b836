// Derives a workspace's data model from its annotated catalog: Postgres decides what exists. The Model names
// no workspace, so that all workspaces with an equal model can share it. Names are assigned before anything
// is hidden, so that switching one thing off never renames another.

import { hash } from 'node:crypto'
import type { Catalog, CatalogUniqueIndex } from '../../../sql/catalog/catalog.ts'
import { quoteIdentifier } from '../../../sql/placeholder.ts'
import { type FunctionModel, indexObjects, type Model, type Omitted } from '../model.ts'
import { type NameObjects, nameObjects } from '../naming.ts'
import { withReferences } from '../reference.ts'
import {
  type AnnotationParts,
  type AnnotationSources,
  annotationsOf,
  type ObjectAnnotation,
} from './annotation.ts'
import { columnTypes } from './columnType.ts'
import { draftObject } from './deriveDraft.ts'
import { type Named, nameAllFields } from './deriveFields.ts'
import { functionCandidates } from './deriveFunction.ts'
import { deriveObject, type Laid } from './deriveObject.ts'
import { type Drafted, keysByTable } from './draft.ts'
import { type NameFields, nameFields } from './fieldNaming.ts'
import { SHOWN_WITH_INACTIVE, visibilityOf } from './filterInactive.ts'
import { type Namings, nameTables, tablePins } from './nameTables.ts'
import type { ObjectRow } from './registry.ts'
import { type Reuse, withoutReuse } from './reuse.ts'
import { type FunctionNames, functionPins, servedFunctions, unservedOf } from './servedFunctions.ts'
import { atOnce, type DeriveSteps } from './steps.ts'

/**
 * How the catalog's own texts (predicates, signatures) spell the schema; without it they are alike for all
 * workspaces.
 */
export const withoutSchema = ({ schema }: Pick<Catalog, 'schema'>): ((text: string) => string) => {
  const spellings = [`${quoteIdentifier(schema)}.`, `${schema}.`]
  return (text) => spellings.reduce((rest, spelling) => rest.replaceAll(spelling, ''), text)
}

/** Neither protocol can show a record without a field. */
const withoutColumns = ({ draft: { object } }: Drafted): Omitted => ({
  table: object.table,
  names: [object.nameSingular, object.namePlural],
  reason: 'it has no columns',
})

/** Everything that makes two workspaces' APIs differ, in a canonical order, and nothing else. */
const fingerprint = (
  digests: readonly string[],
  functions: readonly FunctionModel[],
  omitted: readonly Omitted[],
  isStandard: boolean,
): string => hash('sha256', JSON.stringify([isStandard, digests, functions, omitted]))

export interface DeriveOptions extends AnnotationSources {
  /** Keep what is switched off: the metadata API shows it, the record APIs do not. */
  readonly withInactive?: boolean
  /** Naming rules of an earlier version. */
  readonly naming?: { readonly nameObjects: NameObjects; readonly nameFields: NameFields }
  /** Parts of earlier models, with the present naming rules. Default: none. */
  readonly reuse?: Reuse
}

const NAMING = { nameObjects, nameFields }

/** Ids of a table's and its fields' rows count where the label identifier is one of them. */
const rowKey = (row: ObjectRow | undefined): unknown =>
  row && [
    row.namedVersion,
    row.annotation,
    row.fields.map(({ number, column, face, annotation }) => [number, column, face, annotation]),
    row.annotation.labelIdentifier == null ? null : [row.id, row.fields.map(({ id }) => id)],
  ]

/** Everything of a table itself: of its relations, its own side. */
const annotationKey = (
  { relation: { oid: _, columns, ...table }, row, standard, keys }: AnnotationParts,
  indexes: readonly CatalogUniqueIndex[],
  typeNumber: (oid: string) => number,
): unknown => [
  table,
  columns.map(({ type, ...column }) => [typeNumber(type), column]),
  rowKey(row),
  standard !== undefined,
  keys.map(({ relation: _from, target: _to, ...key }) => key),
  indexes.map(({ relation: _table, ...index }) => index),
]

/** The parts of a catalog by table. */
const partsOf = (catalog: Catalog, reuse: Reuse) => {
  const strip = withoutSchema(catalog)
  const resolveType = columnTypes(catalog)
  const types = new Map<string, ReturnType<typeof resolveType>>()
  const resolve = (oid: string): ReturnType<typeof resolveType> => {
    const known = types.get(oid)
    if (known !== undefined) return known
    const resolved = resolveType(oid)
    const type = reuse.part(
      'type',
      () => resolved,
      () => ({ ...resolved }),
    )
    types.set(oid, type)
    return type
  }
  const indexes = catalog.uniqueIndexes.map((index) => ({
    ...index,
    predicate: index.predicate === null ? null : strip(index.predicate),
  }))
  const indexesOf = Map.groupBy(indexes, ({ relation }) => relation)
  return {
    resolve,
    indexesOf: (oid: string) => indexesOf.get(oid) ?? [],
    keys: keysByTable(catalog.foreignKeys),
  }
}

/** Objects without fields, by table. */
function* draftAll(
  catalog: Catalog,
  { resolve, indexesOf, keys }: ReturnType<typeof partsOf>,
  annotations: ReadonlyMap<string, ObjectAnnotation>,
  namings: Namings,
  reuse: Reuse,
): DeriveSteps<readonly Drafted[]> {
  const drafts: Drafted[] = []
  for (const relation of catalog.relations) {
    const annotation = annotations.get(relation.oid)
    const { names, unmet = null } = namings.tables.get(relation.name) ?? {}
    if (annotation === undefined || !names) continue
    const before = reuse.made()
    const referred = (keys.to.get(relation.oid) ?? []).map(({ targetColumns }) => targetColumns)
    const own = (keys.from.get(relation.oid) ?? []).map(({ columns }) => columns)
    const draft = reuse.part(
      'draft',
      () => [reuse.numberOf(annotation), names.nameSingular, names.namePlural, unmet, referred],
      () => {
        const linked = [...own, ...referred]
        const indexes = indexesOf(relation.oid)
        return draftObject({ relation, indexes, resolve, names, unmet, annotation, linked })
      },
    )
    drafts.push({ relation, draft })
    yield reuse.made() === before ? 1 : relation.columns.length
  }
  return drafts.toSorted((a, b) => (a.relation.name < b.relation.name ? -1 : 1))
}

const hasColumns = ({ draft }: Drafted): boolean => draft.object.columns.size > 0

/** Objects with fields; without what is switched off, unless it is wanted. */
function* layAll(
  objects: readonly Named[],
  withInactive: boolean,
  reuse: Reuse,
): DeriveSteps<readonly Laid[]> {
  const shown = withInactive ? SHOWN_WITH_INACTIVE : visibilityOf(objects)
  const byEntry = new Map(objects.map((object) => [object.entry, object]))
  const laid: Laid[] = []
  for (const object of objects) {
    const { relation, draft } = object.entry
    if (!hasColumns(object.entry) || (!withInactive && draft.annotation.isHidden)) continue
    const before = reuse.made()
    const made = deriveObject(object, byEntry, shown, reuse)
    if (withInactive || made.object.fields.size > 0) laid.push(made)
    yield reuse.made() === before ? 1 : relation.columns.length
  }
  return laid
}

/** The model of a schema, in steps that count columns: others can be served between them. */
export function* deriveInSteps(catalog: Catalog, options: DeriveOptions): DeriveSteps<Model> {
  const { withInactive = false, reuse = withoutReuse(), naming = NAMING } = options
  const parts = partsOf(catalog, reuse)
  const annotations = yield* annotationsOf(catalog, parts.keys.from, options, (of, make) =>
    reuse.part(
      'annotation',
      () => annotationKey(of, parts.indexesOf(of.relation.oid), (oid) => reuse.numberOf(parts.resolve(oid))),
      make,
    ),
  )
  const candidates = functionCandidates(catalog, parts.resolve)
  const ofRoots = candidates.filter(({ kind }) => kind !== 'computed')
  const { nameObjects } = naming
  const namings = yield* nameTables(catalog.relations, annotations, ofRoots, { nameObjects, reuse })
  yield catalog.relations.length
  const all = yield* draftAll(catalog, parts, annotations, namings, reuse)
  const named = yield* nameAllFields(catalog.foreignKeys, all, { ...naming, candidates, reuse })
  const laid = yield* layAll(named.objects, withInactive, reuse)
  const omitted = [
    ...all.filter((each) => !hasColumns(each)).map(withoutColumns),
    ...[...namings.tables].flatMap(([table, { names, unmet }]): readonly Omitted[] =>
      names !== null || unmet === null ? [] : [{ table, ...unmet }],
    ),
  ].sort((a, b) => (a.table < b.table ? -1 : 1))
  const objects = withReferences(laid.map(({ object }) => object))
  const functionNames: FunctionNames = new Map([...namings.functions, ...named.computed])
  const functions = servedFunctions(candidates, functionNames, objects)
  yield objects.length
  return {
    // A model that includes what is switched off is never compiled, so it needs no fingerprint.
    schemaHash: withInactive
      ? ''
      : fingerprint(
          laid.map(({ digest }) => digest),
          functions,
          omitted,
          options.standard,
        ),
    functions,
    unserved: unservedOf(candidates, functionNames),
    omitted,
    unpinned: [...tablePins(all, namings.tables), ...named.pins, ...functionPins(candidates, functionNames)],
    ...indexObjects(objects),
  }
}

/** The model of a schema, at once. */
export const deriveModel = (catalog: Catalog, options: DeriveOptions): Model =>
  atOnce(deriveInSteps(catalog, options))
