// The state of builds on fields and indexes. A field has the promise of a pending build in its metadata, so
// that clients that know no builds find what they asked for; the record APIs have it once it is ready.

import type { CatalogIndex } from '../../../sql/catalog/catalogDetails.ts'
import type { BuildMetadata, FieldMetadata } from '../metadata.ts'
import type { ModelField } from '../model.ts'
import type { BuildRow, StepState } from '../read/builds.ts'
import type { ModelSources } from '../read/sources.ts'
import type { DescribedField } from './catalogRef.ts'

/** The first one counts: a failed step keeps those after it from running. */
const STATES: readonly StepState[] = ['failed', 'running', 'pending']

/** Null if all is ready. */
const buildOfRows = (rows: readonly BuildRow[]): BuildMetadata | null => {
  const state = STATES.find((each) => rows.some((row) => row.state === each))
  if (state === undefined) return null
  const error = rows.find((row) => row.state === state && row.error !== null)?.error ?? null
  return { state, error, steps: rows.filter((row) => row.state !== 'ready').map(({ id }) => id) }
}

const columnsOf = (field: ModelField, table: string): readonly [string, readonly string[]] => {
  switch (field.kind) {
    case 'scalar':
      return [table, [field.column.name]]
    case 'composite':
      return [table, field.parts.map(({ column }) => column.name)]
    case 'toOne':
      return [table, field.columns]
    case 'toMany':
      return [field.target, field.targetColumns]
  }
}

/** Builds that the field asked for and that are not ready. */
export const buildsOfField = (
  { builds, catalog }: ModelSources,
  { object, fields }: Pick<DescribedField, 'object' | 'fields'>,
): readonly BuildRow[] => {
  if (builds.length === 0) return []
  const places = fields.flatMap((field) => {
    const [table, columns] = columnsOf(field, object.relation.name)
    const relation = catalog.relations.find(({ name }) => name === table)
    const numbers = relation?.columns.filter(({ name }) => columns.includes(name)).map(({ number }) => number)
    return relation === undefined ? [] : [{ oid: relation.oid, numbers: new Set(numbers) }]
  })
  return builds.filter(
    ({ state, purpose, relation, columns }) =>
      state !== 'ready' &&
      purpose !== 'index' &&
      purpose !== 'size' &&
      places.some(({ oid, numbers }) => oid === relation && columns.every((number) => numbers.has(number))),
  )
}

/** The field's metadata with the state of its builds, and what they promise. */
export const withBuilds = (sources: ModelSources, described: DescribedField): DescribedField => {
  const rows = buildsOfField(sources, described)
  const build = buildOfRows(rows)
  if (build === null) return described
  const promises = (purpose: BuildRow['purpose']): boolean =>
    rows.some((row) => row.purpose === purpose) && build.state !== 'failed'
  const metadata: FieldMetadata = {
    ...described.metadata,
    build,
    isUnique: described.metadata.isUnique || promises('unique'),
    isNullable: described.metadata.isNullable && !promises('required'),
  }
  return { ...described, metadata }
}

/** The id that the request for the index was answered with, and the state of its build. */
export const buildOfIndex = (
  { builds }: ModelSources,
  index: CatalogIndex,
): { readonly id: string | null; readonly build: BuildMetadata | null } => {
  const rows = builds.filter((row) =>
    row.state === 'ready'
      ? row.index === index.oid
      : row.details !== null && row.relation === index.relation && row.indexName === index.name,
  )
  return { id: rows[0]?.indexId ?? null, build: buildOfRows(rows) }
}
