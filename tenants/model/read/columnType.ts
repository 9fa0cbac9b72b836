// From the catalog's types to the types of columns and of the API, by oid. Total: an unknown type reads and
// writes as text.

import type { Catalog, CatalogType } from '../../../sql/catalog/catalog.ts'
import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { ColumnType } from '../model.ts'
import { READ_BY_FORM, SCALAR_TYPES, SCALARS, type ScalarType } from '../scalarType.ts'

const READ_AS: ReadonlyMap<string, ScalarType> = new Map(
  SCALAR_TYPES.flatMap((type) => SCALARS[type].reads.map((name) => [name, type])),
)

const isRating = (labels: readonly string[]): boolean =>
  labels.length > 0 && labels.every((label, index) => label === `RATING_${index + 1}`)

/**
 * The API's type of a column. Whether a `position` is one depends on its object, which is decided elsewhere.
 */
export const scalarTypeOf = (type: ColumnType): ScalarType => {
  if (type.enum !== null) {
    if (type.isArray) return READ_BY_FORM.options
    return isRating(type.enum.labels) ? READ_BY_FORM.rating : READ_BY_FORM.option
  }
  if (type.isArray) return READ_BY_FORM.list
  return READ_AS.get(type.name) ?? READ_BY_FORM.other
}

const FAMILIES: Readonly<Record<string, NonNullable<ColumnType['family']>>> = {
  c: 'composite',
  r: 'range',
  m: 'multirange',
}

/** Resolves oids of the catalog's types: domains to their base, arrays to their element. */
export const columnTypes = (
  catalog: Catalog,
): ((oid: string) => { type: ColumnType; domainNotNull: boolean }) => {
  const byOid = new Map(catalog.types.map((type) => [type.oid, type]))
  const known = new Map<string, { type: ColumnType; domainNotNull: boolean }>()

  const nameInCast = (type: CatalogType): string =>
    type.schema === catalog.schema
      ? inWorkspace(type.name)
      : `${quoteIdentifier(type.schema)}.${quoteIdentifier(type.name)}`

  const find = (oid: string | null): CatalogType => {
    const type = byOid.get(oid ?? '')
    if (type === undefined)
      throw new Error(`The catalog of ${catalog.schema} names type ${oid} without describing it.`)
    return type
  }

  const withoutDomains = (type: CatalogType): CatalogType =>
    type.kind === 'd' ? withoutDomains(find(type.base)) : type

  /**
   * A table called "date" has a row type of that name, which is not a date. Types of extensions are base
   * types and identified by name.
   */
  const spelled = (type: CatalogType): string =>
    type.schema === 'pg_catalog' || type.kind === 'b' ? type.name : nameInCast(type)

  const resolve = (oid: string): { type: ColumnType; domainNotNull: boolean } => {
    const own = find(oid)
    const base = withoutDomains(own)
    const isArray = base.element !== null
    const element = isArray ? withoutDomains(find(base.element)) : base
    const family = FAMILIES[element.kind]
    return {
      domainNotNull: own.kind === 'd' && own.notNull,
      type: {
        sql: nameInCast(own),
        comparableSql: nameInCast(base),
        name: spelled(element),
        isArray,
        enum:
          element.kind === 'e' && element.labels !== null
            ? { name: element.name, labels: element.labels }
            : null,
        ...(family === undefined ? {} : { family }),
      },
    }
  }

  return (oid) => {
    const cached = known.get(oid)
    if (cached !== undefined) return cached
    const resolved = resolve(oid)
    known.set(oid, resolved)
    return resolved
  }
}
