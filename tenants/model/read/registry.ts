// The registry of one workspace: ids and annotations of its tables and columns, from tenantry.objects and
// tenantry.fields. A row never makes anything exist, and a thing without a row has an id derived from its
// position, so an uncustomised workspace needs no rows of fields.

import type { CatalogRelation } from '../../../sql/catalog/catalog.ts'
import { derivedUuid } from '../../uuid.ts'
import type { FieldType } from '../fieldType.ts'
import type { OptionMetadata } from '../metadata.ts'

/** A relation's side: on the table of its foreign key, or on the target table. */
export type FieldFace = 'own' | 'inverse'

export interface FieldAnnotationRow {
  readonly name?: string
  /** The type it was created as; distinguishes flat columns that look like a composite. */
  readonly type?: FieldType
  /** Number of the table's last column when the column's foreign key was created. */
  readonly keyedAt?: number
  /** Version of the model in which that key came. */
  readonly keyedVersion?: number
  readonly label?: string
  readonly description?: string | null
  readonly icon?: string | null
  readonly isActive?: boolean
  readonly isSystem?: boolean
  readonly isLabelSyncedWithName?: boolean
  readonly settings?: Readonly<Record<string, unknown>> | null
  readonly options?: readonly OptionMetadata[]
  /** The morph group of the relation. */
  readonly morph?: { readonly id: string; readonly name: string } | null
}

export interface ObjectAnnotationRow {
  readonly nameSingular?: string
  readonly namePlural?: string
  readonly labelSingular?: string
  readonly labelPlural?: string
  readonly description?: string | null
  readonly icon?: string | null
  readonly shortcut?: string | null
  readonly color?: string | null
  readonly isActive?: boolean
  readonly isSearchable?: boolean
  readonly isLabelSyncedWithName?: boolean
  readonly labelIdentifier?: string | null
  readonly imageIdentifier?: string | null
  /** Created by the metadata API, with its base columns and its storage rules. */
  readonly isManaged?: boolean
}

export interface FieldRow {
  readonly id: string
  readonly number: number
  readonly column: string
  readonly face: FieldFace
  readonly annotation: FieldAnnotationRow
  readonly createdAt: string
  readonly updatedAt: string
}

export interface ObjectRow {
  readonly id: string
  readonly oid: string
  readonly table: string
  /** Version of the model in which the table got its name; null if that was before versions were recorded. */
  readonly namedVersion: number | null
  readonly annotation: ObjectAnnotationRow
  readonly fields: readonly FieldRow[]
  readonly createdAt: string
  readonly updatedAt: string
}

export type Registry = readonly ObjectRow[]

/** An expression for a select list; the parameter is the workspace's id. */
export const registrySql = (parameter: string): string => `tenantry.registry(${parameter})`

/** The row of each relation, by the relation's oid. The order of preference is that of 0002_registry.sql. */
export const rowsByRelation = (
  registry: Registry,
  relations: readonly CatalogRelation[],
): ReadonlyMap<string, ObjectRow> => {
  const oids = new Map(relations.map(({ name, oid }) => [name, oid]))
  const byOid = new Map(registry.map((row) => [row.oid, row]))
  const byName = new Map<string, ObjectRow>()
  for (const row of registry) {
    const known = byName.get(row.table)
    if (known === undefined || row.oid === oids.get(row.table)) byName.set(row.table, row)
  }
  return new Map(
    relations.flatMap((relation) => {
      const atOid = byOid.get(relation.oid)
      const row = byName.get(relation.name) ?? (atOid && !oids.has(atOid.table) ? atOid : undefined)
      return row === undefined ? [] : [[relation.oid, row] as const]
    }),
  )
}

/** The row of one side of the field that begins with a column. */
export const fieldRowOf = (
  row: ObjectRow | undefined,
  relation: CatalogRelation,
  column: { readonly number: number; readonly name: string },
  face: FieldFace,
): FieldRow | undefined => {
  const candidates = row?.fields.filter((field) => field.face === face) ?? []
  const exists = (name: string) => relation.columns.some((other) => other.name === name)
  return (
    candidates.find((field) => field.number === column.number && field.column === column.name) ??
    candidates.find((field) => field.column === column.name) ??
    candidates.find((field) => field.number === column.number && !exists(field.column))
  )
}

export const derivedObjectId = (workspaceId: string, oid: string): string =>
  derivedUuid(`${workspaceId}:${oid}`)

export const derivedFieldId = (objectId: string, column: number, face: FieldFace): string =>
  derivedUuid(`${objectId}:${column}:${face}`)

/** A morph group without a row of its own: those of the standard objects. */
export const derivedMorphId = (objectId: string, name: string): string =>
  derivedUuid(`${objectId}:morph:${name}`)
