// What the catalog does not record about an object in the record APIs: explicit names, names of relations,
// and switches. Combines the standard definitions, the registry and comments in SQL into one annotation per
// table. An annotation of something that does not exist has no effect.

import type {
  Catalog,
  CatalogColumn,
  CatalogForeignKey,
  CatalogRelation,
} from '../../../sql/catalog/catalog.ts'
import { isComposite } from '../compositeType.ts'
import type { ObjectDefinition } from '../definition.ts'
import { toSnakeCase, toTypeName } from '../name.ts'
import { pluralOf } from '../number.ts'
import type { ObjectNames } from '../reserved.ts'
import { parseComment } from '../smartComment.ts'
import { STANDARD_OBJECTS } from '../standard/standard.ts'
import {
  derivedFieldId,
  type FieldRow,
  fieldRowOf,
  type ObjectRow,
  type Registry,
  rowsByRelation,
} from './registry.ts'
import type { DeriveSteps } from './steps.ts'

interface RelationAnnotation {
  /** Name of the to-one field. */
  readonly name?: string | undefined
  /** Name of the to-many field on the target. */
  readonly inverse?: string | undefined
  readonly isInverseHidden?: boolean
  /**
   * Number of the table's last column when the key was created; absent if the key was created with the table.
   */
  readonly keyedAt?: number | undefined
  readonly keyedVersion?: number | undefined
}

export interface ObjectAnnotation {
  readonly names: ObjectNames | undefined
  /** The names come from the registry or the standard, not from a comment. */
  readonly isNameRegistered: boolean
  /** Version of the model in which the table got its SQL name. */
  readonly since: number
  /** Created by Tenantry's own DDL. */
  readonly isManaged: boolean
  readonly isHidden: boolean
  /** By the foreign key's columns, joined with commas. */
  readonly relations: ReadonlyMap<string, RelationAnnotation>
  /** Label of one record, and whether search includes the object. */
  readonly labelSingular: string | undefined
  readonly isSearchable: boolean | undefined
  /** The label identifier: its name for standard objects, its first column if chosen explicitly. */
  readonly labelIdentifier: string | undefined
  readonly labelColumn: string | undefined
  /** Groups of columns; records that agree on all columns of any group are duplicates. */
  readonly duplicateCriteria: readonly (readonly string[])[]
  /** Names of fields by their first column. */
  readonly fieldNames: ReadonlyMap<string, string>
  /** First columns of fields that are switched off. */
  readonly hiddenColumns: ReadonlySet<string>
  /** Columns that are fields of their own, even if they look like parts of a composite. */
  readonly plainColumns: ReadonlySet<string>
}

/** The standard objects by table name. */
export const STANDARD_BY_TABLE: ReadonlyMap<string, ObjectDefinition> = new Map(
  STANDARD_OBJECTS.map((object) => [toSnakeCase(object.nameSingular), object]),
)

const standardRelations = (object: ObjectDefinition): ReadonlyMap<string, RelationAnnotation> =>
  new Map(
    object.fields.flatMap((field) => {
      if (!('relation' in field)) return []
      const { targets, inverse } = field.relation
      const names =
        field.type === 'MORPH_RELATION'
          ? targets.map((target) => field.name + toTypeName(target))
          : [field.name]
      return names.map((name): [string, RelationAnnotation] => [
        `${toSnakeCase(name)}_id`,
        { name, inverse: inverse.name },
      ])
    }),
  )

const STANDARD_RELATIONS: ReadonlyMap<string, ReadonlyMap<string, RelationAnnotation>> = new Map(
  [...STANDARD_BY_TABLE].map(([table, object]) => [table, standardRelations(object)]),
)

/** Computed once: 10,000 uncustomised workspaces share these. */
const NONE: ReadonlySet<string> = new Set()
const NO_NAMES: ReadonlyMap<string, string> = new Map()

const namesOf = (
  row: ObjectRow | undefined,
  standard: ObjectDefinition | undefined,
  commented: readonly string[],
): ObjectNames | undefined => {
  const { nameSingular, namePlural } = row?.annotation ?? {}
  if (nameSingular !== undefined && namePlural !== undefined) return { nameSingular, namePlural }
  if (standard !== undefined) return { nameSingular: standard.nameSingular, namePlural: standard.namePlural }
  const [singular, plural] = commented
  if (singular === undefined) return undefined
  const other = plural ?? pluralOf(singular)
  return { nameSingular: singular, namePlural: other === singular ? `${singular}s` : other }
}

/** The row of a join column names its relation, not the column. */
const nameOf = (row: FieldRow | undefined, comment: string | null): string | undefined =>
  (row?.annotation.type === 'RELATION' ? undefined : row?.annotation.name) ?? parseComment(comment).names[0]

/** The first column of the chosen label identifier. */
const labelColumnOf = (row: ObjectRow | undefined, relation: CatalogRelation): string | undefined => {
  const chosen = row?.annotation.labelIdentifier
  if (row === undefined || chosen == null) return undefined
  const isChosen = ({ number }: CatalogRelation['columns'][number]) =>
    derivedFieldId(row.id, number, 'own') === chosen
  return row.fields.find(({ id }) => id === chosen)?.column ?? relation.columns.find(isChosen)?.name
}

interface AnnotatedColumn {
  readonly column: CatalogColumn
  readonly row: FieldRow | undefined
  readonly comment: ReturnType<typeof parseComment>
}

/** Names of relations from the registry, else from comments, else from the standard. */
const relationAnnotations = (
  relation: CatalogRelation,
  row: ObjectRow | undefined,
  keys: readonly CatalogForeignKey[],
  columns: readonly AnnotatedColumn[],
  given: ReadonlyMap<string, RelationAnnotation>,
): ReadonlyMap<string, RelationAnnotation> => {
  const relations = new Map(given)
  for (const key of keys) {
    const first = columns.find(({ column }) => column.number === key.columns[0])
    if (first === undefined) continue
    const hasRow = key.columns.length === 1
    const names = key.columns.map(
      (number) => columns.find(({ column }) => column.number === number)?.column.name ?? '',
    )
    const inverse = hasRow ? fieldRowOf(row, relation, first.column, 'inverse') : undefined
    const known = given.get(names.join())
    relations.set(names.join(), {
      name:
        (hasRow ? first.row?.annotation.name : undefined) ??
        parseComment(key.comment).names[0] ??
        known?.name,
      inverse: inverse?.annotation.name ?? parseComment(key.comment).names[1] ?? known?.inverse,
      isInverseHidden: inverse?.annotation.isActive === false,
      keyedAt: first.row?.annotation.keyedAt,
      keyedVersion: first.row?.annotation.keyedVersion,
    })
  }
  return relations
}

/** What one table's annotation combines. */
export interface AnnotationParts {
  readonly relation: CatalogRelation
  readonly row: ObjectRow | undefined
  readonly standard: ObjectDefinition | undefined
  /** Foreign keys of the table. */
  readonly keys: readonly CatalogForeignKey[]
}

const annotate = ({ relation, row, standard, keys }: AnnotationParts): ObjectAnnotation => {
  const comment = parseComment(relation.comment)
  const hasFieldRows = row?.fields.some((field) => Object.keys(field.annotation).length > 0) ?? false
  const hasTags = relation.columns.some((column) => column.comment?.startsWith('@'))
  const base = {
    names: namesOf(row, standard, comment.names),
    isNameRegistered: namesOf(row, standard, []) !== undefined,
    // A table without a row was created after the last change that registered tables.
    since: row === undefined ? Number.POSITIVE_INFINITY : (row.namedVersion ?? 0),
    isManaged: standard !== undefined || row?.annotation.isManaged === true,
    isHidden: row?.annotation.isActive === false || comment.isHidden,
    labelSingular: row?.annotation.labelSingular ?? standard?.labelSingular,
    isSearchable:
      row?.annotation.isSearchable ?? (standard === undefined ? undefined : standard.searchable.length > 0),
    labelIdentifier: standard?.labelIdentifier,
    labelColumn: labelColumnOf(row, relation),
    duplicateCriteria: standard?.duplicateCriteria ?? [],
  }
  const given = (standard && STANDARD_RELATIONS.get(relation.name)) ?? new Map<string, RelationAnnotation>()
  const keyTags = keys.some((key) => key.comment?.startsWith('@'))
  if (!hasFieldRows && !hasTags && !keyTags)
    return { ...base, relations: given, fieldNames: NO_NAMES, hiddenColumns: NONE, plainColumns: NONE }

  const columns = relation.columns.map((column) => ({
    column,
    row: fieldRowOf(row, relation, column, 'own'),
    comment: parseComment(column.comment),
  }))
  const relations = relationAnnotations(relation, row, keys, columns, given)
  return {
    ...base,
    relations,
    fieldNames: new Map(
      columns.flatMap((each) => {
        const name = nameOf(each.row, each.column.comment)
        return name === undefined ? [] : [[each.column.name, name] as const]
      }),
    ),
    hiddenColumns: new Set(
      columns
        .filter((each) => each.row?.annotation.isActive === false || each.comment.isHidden)
        .map(({ column }) => column.name),
    ),
    plainColumns: new Set(
      columns
        .filter(({ row: own }) => own?.annotation.type !== undefined && !isComposite(own.annotation.type))
        .map(({ column }) => column.name),
    ),
  }
}

export interface AnnotationSources {
  /** Whether the workspace was created with the standard objects. */
  readonly standard: boolean
  readonly registry?: Registry
}

/** The definition of a standard object's table, unless a user created a table of the same name. */
export const standardOf = (
  relation: CatalogRelation,
  row: ObjectRow | undefined,
  standard: boolean,
): ObjectDefinition | undefined =>
  standard && relation.kind === 'r' && row?.annotation.isManaged !== true
    ? STANDARD_BY_TABLE.get(relation.name)
    : undefined

/**
 * Annotations by the relation's oid.
 * @param find an annotation that was made of equal parts, or calls the function
 */
export function* annotationsOf(
  { relations }: Catalog,
  keysFrom: ReadonlyMap<string, readonly CatalogForeignKey[]>,
  { standard, registry = [] }: AnnotationSources,
  find: (parts: AnnotationParts, make: () => ObjectAnnotation) => ObjectAnnotation,
): DeriveSteps<ReadonlyMap<string, ObjectAnnotation>> {
  const rows = rowsByRelation(registry, relations)
  const annotations = new Map<string, ObjectAnnotation>()
  for (const relation of relations) {
    const row = rows.get(relation.oid)
    const parts = {
      relation,
      row,
      standard: standardOf(relation, row, standard),
      keys: keysFrom.get(relation.oid) ?? [],
    }
    annotations.set(
      relation.oid,
      find(parts, () => annotate(parts)),
    )
    yield relation.columns.length
  }
  return annotations
}
