// Catalogs that differ in the schema's name and in oids alone have equal models. So a model that was derived
// once serves all workspaces with such a catalog, and deriving takes ten times as long as comparing.

import { createHash } from 'node:crypto'
import type { Catalog } from '../../../sql/catalog/catalog.ts'
import type { AnnotationSources } from './annotation.ts'
import { withoutSchema } from './derive.ts'
import type { DeriveSteps } from './steps.ts'

/** Oids below are those of Postgres itself, equal in all databases. Source: access/transam.h. */
const FIRST_NORMAL_OID = 16_384

/** Numbers oids in the order in which they occur. */
const createLocalOids = () => {
  const numbers = new Map<string, string>()
  return (oid: string): string => {
    if (Number(oid) < FIRST_NORMAL_OID) return oid
    const known = numbers.get(oid)
    if (known !== undefined) return known
    const number = `local ${numbers.size}`
    numbers.set(oid, number)
    return number
  }
}

/** Canonical parts of a catalog, each with the number of columns or the like that it has. */
function* partsOf(
  { schema, relations, types, foreignKeys, uniqueIndexes, functions, ...rest }: Catalog,
  { standard, registry = [] }: AnnotationSources,
): Generator<readonly [units: number, part: unknown]> {
  const local = createLocalOids()
  const orNull = (oid: string | null | undefined): string | null => (oid == null ? null : local(oid))
  const strip = withoutSchema({ schema })
  yield [1, ['catalog', rest, standard]]
  for (const { oid, columns, ...relation } of relations) {
    const ofColumns = columns.map(({ type, ...column }) => [local(type), column])
    yield [columns.length, ['relation', local(oid), ofColumns, relation]]
  }
  for (const { oid, base, element, relation, schema: home, ...type } of types) {
    const oids = [local(oid), orNull(base), orNull(element), orNull(relation)]
    yield [1, ['type', oids, home === schema ? null : home, type]]
  }
  for (const { relation, target, ...key } of foreignKeys)
    yield [1, ['key', local(relation), local(target), key]]
  for (const { relation, predicate, ...index } of uniqueIndexes)
    yield [1, ['index', local(relation), predicate === null ? null : strip(predicate), index]]
  // Signatures name the schema where an argument is a row, and pins of the model hold them.
  for (const { returns, arguments: taken, ...fn } of functions) {
    const ofArguments = taken.map(({ type, ...argument }) => [local(type), argument])
    yield [1, ['function', local(returns), ofArguments, fn]]
  }
  // Ids and times belong to the metadata API.
  for (const { oid, table, namedVersion, annotation, fields } of registry) {
    const ofFields = fields.map(({ number, column, face, annotation: own }) => [number, column, face, own])
    yield [fields.length, ['registered', local(oid), table, namedVersion, annotation, ofFields]]
  }
}

/**
 * Equal for two catalogs only if `deriveModel` returns equal models, without `withInactive`. In steps that
 * count columns.
 */
export function* fingerprintInSteps(catalog: Catalog, sources: AnnotationSources): DeriveSteps<string> {
  // Reading and parsing the catalog took as long.
  yield catalog.relations.reduce((sum, { columns }) => sum + columns.length, 0)
  const hash = createHash('sha256')
  for (const [units, part] of partsOf(catalog, sources)) {
    // No text of JSON has a line break.
    hash.update(`${JSON.stringify(part)}\n`)
    yield units
  }
  return hash.digest('base64')
}
