// What the catalog cannot say about an object: the names that its makers gave it and its relations, and what they
// search and compare it by. In: the standard
// objects' definitions; out: annotations by table and by foreign-key columns. An annotation for something that does not
// exist is never looked at.

import { toSnakeCase, toTypeName } from './name.ts'
import { STANDARD_OBJECTS } from './standard.ts'

export interface RelationAnnotation {
  /** Name of the to-one field. */
  readonly name: string
  /** Name of the to-many field on the target. */
  readonly inverse: string
}

export interface ObjectAnnotation {
  readonly nameSingular: string
  readonly namePlural: string
  /** By the foreign key's columns, joined with commas. */
  readonly relations: ReadonlyMap<string, RelationAnnotation>
  readonly labelSingular: string
  /** Name of the field that names a record to people. */
  readonly labelIdentifier: string
  readonly isSearchable: boolean
  /** Groups of columns; records that agree on all columns of any group are duplicates. */
  readonly duplicateCriteria: readonly (readonly string[])[]
}

/** Annotations of the standard objects by table name. */
export const STANDARD_ANNOTATIONS: ReadonlyMap<string, ObjectAnnotation> = new Map(
  STANDARD_OBJECTS.map((object) => [
    toSnakeCase(object.nameSingular),
    {
      nameSingular: object.nameSingular,
      namePlural: object.namePlural,
      labelSingular: object.labelSingular,
      labelIdentifier: object.labelIdentifier,
      isSearchable: object.searchable.length > 0,
      duplicateCriteria: object.duplicateCriteria ?? [],
      relations: new Map(
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
      ),
    },
  ]),
)
