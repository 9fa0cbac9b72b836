// Catalogs that differ in the schema's name and in oids alone have equal models. So a model that was derived
// once serves all workspaces with such a catalog, and deriving takes ten times as long as comparing.

import { createHash } from 'node:crypto'
import type { Catalog } from '../../../sql/catalog/catalog.ts'
import type { AnnotationSources } from './annotation.ts'
import { withoutSchema } from './derive.ts'

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

/** Equal for two catalogs only if `deriveModel` returns equal models, without `withInactive`. */
export const catalogFingerprint = (
  { schema, relations, types, foreignKeys, uniqueIndexes, functions, ...rest }: Catalog,
  { standard, registry = [] }: AnnotationSources,
): string => {
  const local = createLocalOids()
  const orNull = (oid: string | null | undefined): string | null => (oid == null ? null : local(oid))
  const strip = withoutSchema({ schema })
  const canonical = JSON.stringify([
    rest,
    standard,
    relations.map(({ oid, columns, ...relation }) => [
      local(oid),
      columns.map(({ type, ...column }) => [local(type), column]),
      relation,
    ]),
    types.map(({ oid, base, element, relation, schema: home, ...type }) => [
      [local(oid), orNull(base), orNull(element), orNull(relation), home === schema ? null : home],
      type,
    ]),
    foreignKeys.map(({ relation, target, ...key }) => [local(relation), local(target), key]),
    uniqueIndexes.map(({ relation, predicate, ...index }) => [
      local(relation),
      predicate === null ? null : strip(predicate),
      index,
    ]),
    // Signatures name the schema where an argument is a row, and pins of the model hold them.
    functions.map(({ returns, arguments: taken, ...fn }) => [
      local(returns),
      taken.map(({ type, ...argument }) => [local(type), argument]),
      fn,
    ]),
    // Ids and times belong to the metadata API.
    registry.map(({ oid, table, namedVersion, annotation, fields }) => [
      [local(oid), table, namedVersion, annotation],
      fields.map(({ number, column, face, annotation: own }) => [number, column, face, own]),
    ]),
  ])
  return createHash('sha256').update(canonical).digest('base64')
}
