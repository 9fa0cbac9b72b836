// PostGraphile's introspection of a shape. In: objects of a model; out: the JSON that its gather phase would have read from a
// database that held nothing but their tables, in a schema of the placeholder's name. It is written from the model, not read
// again from Postgres: the model already is the catalog, in one snapshot, and a query that begins with pg_class costs seconds
// where thousands of schemas lie side by side. Comments are left out, so that no smart tag can change what compiles.

import { PLACEHOLDER } from '../../sql/placeholder.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'

/** Oids are made up; the catalogs that PostGraphile looks for by name come first. */
const CATALOGS = [
  'pg_namespace',
  'pg_class',
  'pg_proc',
  'pg_type',
  'pg_constraint',
  'pg_extension',
  'pg_attribute',
]
const CATALOG_NAMESPACE = '11'
const WORKSPACE_NAMESPACE = '12'
const FIRST_OID = 1_000

const RELKINDS: Readonly<Record<ObjectModel['kind'], string>> = {
  table: 'r',
  view: 'v',
  materializedView: 'm',
  foreignTable: 'f',
}

const NOTHING = {
  constraints: [],
  procs: [],
  roles: [],
  auth_members: [],
  enums: [],
  extensions: [],
  indexes: [],
  inherits: [],
  languages: [],
  policies: [],
  ranges: [],
  depends: [],
  descriptions: [],
  am: [],
}

const typeRow = (oid: string, name: string, namespace: string, classOid: string) => ({
  _id: oid,
  typname: name,
  typnamespace: namespace,
  typtype: classOid === '0' ? 'b' : 'c',
  typcategory: classOid === '0' ? 'U' : 'C',
  typrelid: classOid,
  typnotnull: false,
})

/** The text of the introspection; a type is named by the SQL that casts to it (see plugins/registry.ts). */
export const introspectionOf = (objects: readonly ObjectModel[]): string => {
  let last = FIRST_OID
  const nextOid = (): string => {
    last += 1
    return String(last)
  }
  const columnTypes = new Map<string, string>()
  const typeOid = (sql: string): string => {
    const known = columnTypes.get(sql)
    if (known !== undefined) return known
    const oid = nextOid()
    columnTypes.set(sql, oid)
    return oid
  }

  const tables = objects.map((object) => ({ object, oid: nextOid(), rowType: nextOid() }))
  const classes = tables.map(({ object, oid, rowType }) => ({
    _id: oid,
    relname: object.table,
    relnamespace: WORKSPACE_NAMESPACE,
    reltype: rowType,
    relkind: RELKINDS[object.kind],
    relpersistence: 'p',
    relispartition: false,
  }))
  const attributes = tables.flatMap(({ object, oid }) =>
    [...object.columns.values()].map((column, index) => ({
      attrelid: oid,
      attname: column.name,
      attnum: index + 1,
      atttypid: typeOid(column.type.sql),
      attnotnull: column.notNull,
      attisdropped: false,
    })),
  )
  const types = [
    ...tables.map(({ object, oid, rowType }) => typeRow(rowType, object.table, WORKSPACE_NAMESPACE, oid)),
    ...Array.from(columnTypes, ([sql, oid]) => typeRow(oid, sql, CATALOG_NAMESPACE, '0')),
  ]
  return JSON.stringify({
    ...NOTHING,
    database: { _id: '1', datname: PLACEHOLDER, datdba: '10', datacl: null },
    namespaces: [
      { _id: CATALOG_NAMESPACE, nspname: 'pg_catalog' },
      { _id: WORKSPACE_NAMESPACE, nspname: PLACEHOLDER },
    ],
    classes,
    attributes,
    types,
    catalog_by_oid: Object.fromEntries(CATALOGS.map((name, index) => [String(100 + index), name])),
    current_user: 'tenantry',
    pg_version: '',
    introspection_version: 1,
  })
}
