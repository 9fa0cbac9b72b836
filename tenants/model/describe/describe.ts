// Describes a workspace's model for the metadata API: the catalog, read as the record APIs read it, with ids,
// labels and switches from the registry, the standard definitions and comments in SQL. Returns metadata, and
// a catalog reference for each of its ids, from which changes of the model start.

import type { Pool } from 'pg'
import { createDerivedNames, type DerivedNames } from '../ddl/derivedNames.ts'
import { isLabelType } from '../fieldType.ts'
import { labelOfSql } from '../label.ts'
import type { FieldMetadata, ModelMetadata, ObjectMetadata } from '../metadata.ts'
import { type Model, nameNoteOf } from '../model.ts'
import { standardOf } from '../read/annotation.ts'
import { deriveInSteps } from '../read/derive.ts'
import { derivedObjectId, rowsByRelation } from '../read/registry.ts'
import { type Reuse, withoutReuse } from '../read/reuse.ts'
import { createSlices, runInSlices, type SlicesOptions } from '../read/slices.ts'
import { type ModelSources, readSources } from '../read/sources.ts'
import { atOnce, type DeriveSteps } from '../read/steps.ts'
import { parseComment } from '../smartComment.ts'
import type { Described, DescribedField, DescribedObject } from './catalogRef.ts'
import { withBuilds } from './describeBuilds.ts'
import { describeField } from './describeField.ts'
import { describeIndexes } from './describeIndex.ts'
import { describeRelations } from './describeRelation.ts'

function* describedObjectsOf(sources: ModelSources, model: Model): DeriveSteps<readonly DescribedObject[]> {
  const rows = rowsByRelation(sources.registry, sources.catalog.relations)
  const described: DescribedObject[] = []
  for (const relation of sources.catalog.relations) {
    const object = model.byTable.get(relation.name)
    if (object === undefined) continue
    const row = rows.get(relation.oid)
    described.push({
      id: row?.id ?? derivedObjectId(sources.workspaceId, relation.oid),
      relation,
      model: object,
      computed: model.functions.flatMap(({ table, fieldName }) =>
        table === relation.name ? [fieldName] : [],
      ),
      row,
      standard: standardOf(relation, row, sources.hasStandardObjects),
    })
    yield 1
  }
  return described
}

/** The label identifier: the chosen one, else a text named name or title, else any text, else the key. */
const labelIdentifierOf = (object: DescribedObject, fields: readonly FieldMetadata[]): string | null => {
  const chosen = object.row?.annotation.labelIdentifier
  if (chosen !== undefined && (chosen === null || fields.some((field) => field.id === chosen))) return chosen
  const isText = (field: FieldMetadata) => isLabelType(field.type)
  const named = (name: string) => fields.find((field) => field.name === name)
  const found =
    (object.standard && named(object.standard.labelIdentifier)) ??
    ['name', 'title'].map(named).find((field) => field !== undefined && isText(field)) ??
    fields.find(isText) ??
    named('id') ??
    fields[0]
  return found?.id ?? null
}

const hasFilledVector = (sources: ModelSources, object: DescribedObject): boolean => {
  const column = object.relation.columns.find(({ name }) => name === 'search_vector')
  const expression = sources.defaults.get(`${object.relation.oid}:${column?.number}`)
  return expression !== undefined && !expression.startsWith("''::")
}

const describeObject = (
  sources: ModelSources,
  object: DescribedObject,
  described: readonly DescribedField[],
): ObjectMetadata => {
  const { id, relation, model, row, standard } = object
  const annotation = row?.annotation ?? {}
  const comment = parseComment(relation.comment)
  const fields = described.map(({ metadata }) => metadata)
  const given = <T>(value: T | undefined, ...others: readonly (T | null | undefined)[]): T | null =>
    value === undefined ? (others.find((other) => other !== undefined && other !== null) ?? null) : value
  return {
    id,
    table: relation.name,
    nameSingular: model.nameSingular,
    namePlural: model.namePlural,
    labelSingular:
      annotation.labelSingular ??
      standard?.labelSingular ??
      comment.label ??
      labelOfSql(relation.name, model.nameSingular),
    labelPlural:
      annotation.labelPlural ?? standard?.labelPlural ?? labelOfSql(relation.name, model.namePlural),
    description: given(
      annotation.description,
      standard?.description,
      annotation.isManaged === true ? null : comment.text,
    ),
    nameNote: nameNoteOf(model),
    icon: given(annotation.icon, standard?.icon),
    shortcut: annotation.shortcut ?? null,
    color: annotation.color ?? null,
    isCustom: standard === undefined,
    // An object without a visible field cannot show its records.
    isActive: annotation.isActive !== false && !comment.isHidden && fields.some(({ isActive }) => isActive),
    isSystem: standard?.isSystem === true,
    isRemote: relation.kind === 'f',
    isSearchable: annotation.isSearchable ?? hasFilledVector(sources, object),
    isLabelSyncedWithName: annotation.isLabelSyncedWithName ?? false,
    labelIdentifierFieldMetadataId: labelIdentifierOf(object, fields),
    imageIdentifierFieldMetadataId: annotation.imageIdentifier ?? null,
    duplicateCriteria: standard?.duplicateCriteria ?? null,
    fields,
    indexes: describeIndexes(sources, object, described),
    createdAt: row === undefined ? sources.createdAt : new Date(row.createdAt),
    updatedAt: row === undefined ? sources.createdAt : new Date(row.updatedAt),
  }
}

interface DescribeOptions {
  /** Of a plan that continues from a simulated model. */
  readonly names?: DerivedNames
  /** Parts of models of the record APIs. Default: none. */
  readonly reuse?: Reuse
}

/** In steps that count columns. */
export function* describeInSteps(
  sources: ModelSources,
  { names = createDerivedNames(sources), reuse = withoutReuse() }: DescribeOptions = {},
): DeriveSteps<Described> {
  const model = yield* deriveInSteps(sources.catalog, {
    standard: sources.hasStandardObjects,
    registry: sources.registry,
    withInactive: true,
    reuse,
  })
  const described = yield* describedObjectsOf(sources, model)
  const relations = yield* describeRelations(sources, described)
  const fields = new Map<string, DescribedField>()
  const objects: ObjectMetadata[] = []
  for (const object of described) {
    const values = [...object.model.fields.values()].flatMap((field): DescribedField[] => {
      if (field.kind !== 'scalar' && field.kind !== 'composite') return []
      // A join column is shown as its relation, unless it is the key as well.
      if (field.kind === 'scalar' && field.joinOf !== null && !object.model.key.includes(field.column.name))
        return []
      return [
        { object, fields: [field], face: 'own' as const, metadata: describeField(sources, object, field) },
      ]
    })
    const own = [...values, ...(relations.get(object.id) ?? [])].map((field) => withBuilds(sources, field))
    for (const field of own) fields.set(field.metadata.id, field)
    objects.push(describeObject(sources, object, own))
    yield object.relation.columns.length
  }
  return {
    sources,
    names,
    model,
    metadata: {
      workspaceId: sources.workspaceId,
      version: sources.version,
      objects: objects.sort((a, b) => (a.nameSingular < b.nameSingular ? -1 : 1)),
      omitted: model.omitted,
      unserved: model.unserved,
    },
    objects: new Map(described.map((object) => [object.id, object])),
    fields,
  }
}

/** Columns after which a slice ends. Measured: 20 µs each. */
const MAX_COLUMNS_PER_SLICE = 300

/** The event loop serves others between slices. */
export const describeInSlices = (
  sources: ModelSources,
  onSlice?: SlicesOptions['onSlice'],
): Promise<Described> =>
  runInSlices(describeInSteps(sources), createSlices({ maxUnits: MAX_COLUMNS_PER_SLICE, onSlice }))

/** At once: 200 ms of 300 objects. For tests and measurements. */
export const describe = (sources: ModelSources, names?: DerivedNames): Described =>
  atOnce(describeInSteps(sources, names === undefined ? {} : { names }))

export const describeModel = async (pool: Pool, workspaceId: string): Promise<ModelMetadata> =>
  (await describeInSlices(await readSources(pool, workspaceId))).metadata
