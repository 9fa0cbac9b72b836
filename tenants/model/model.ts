// The data model of one workspace as its API shows it: immutable values derived from the catalog (derive.ts).
// Workspaces with equal models share one, so nothing here names a schema, an id or a row of a workspace; SQL
// fragments name the schema by the placeholder of sql/placeholder.ts.

import type { TablePermissions } from '../permission/permissions.ts'
import type { CompositePart, CompositeType } from './compositeType.ts'
import type { Pin } from './pin.ts'
import type { ScalarType } from './scalarType.ts'

/** The Postgres type of a column. */
export interface ColumnType {
  /** Name for casts, quoted and qualified, with the schema placeholder. */
  readonly sql: string
  /** The same with domains resolved: values in comparisons need not satisfy a domain's checks. */
  readonly comparableSql: string
  /** Name in `pg_type` of the underlying type (domains resolved, element type of an array). */
  readonly name: string
  readonly isArray: boolean
  /** The workspace's enum behind it: its name in `pg_type` and its labels in order. */
  readonly enum: { readonly name: string; readonly labels: readonly string[] } | null
  /** Kind of the underlying type, where it is one whose text has a fixed form. */
  readonly family?: 'composite' | 'range' | 'multirange'
}

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** Generated columns and `generated always` identities cannot be written. */
  readonly writable: boolean
  /** Declared as an array of several dimensions. */
  readonly isNested?: true
  readonly comment: string | null
}

interface NamedField {
  /** Why its name differs from its column's or foreign key's, in a sentence; absent if it does not. */
  readonly nameNote?: string
}

export interface ScalarField extends NamedField {
  readonly kind: 'scalar'
  readonly name: string
  readonly type: ScalarType
  readonly column: Column
  /** Name of the to-one relation whose foreign key consists of this column alone. */
  readonly joinOf: string | null
}

export interface CompositeField extends NamedField {
  readonly kind: 'composite'
  readonly name: string
  readonly type: CompositeType
  readonly parts: readonly { readonly part: CompositePart; readonly column: Column }[]
}

/** A many-to-one relation: this object's foreign key. */
export interface ToOneField extends NamedField {
  readonly kind: 'toOne'
  readonly name: string
  /** Name of the constraint in Postgres. */
  readonly constraint: string
  /** The target table. */
  readonly target: string
  readonly columns: readonly string[]
  readonly targetColumns: readonly string[]
  /** Name of the one-to-many field on the target. */
  readonly inverse: string
}

/** A one-to-many relation: another object's foreign key to this one. */
export interface ToManyField extends NamedField {
  readonly kind: 'toMany'
  readonly name: string
  readonly constraint: string
  /** Table that holds the foreign key. */
  readonly target: string
  /** Columns here that the foreign key refers to. */
  readonly columns: readonly string[]
  /** The foreign key's columns there. */
  readonly targetColumns: readonly string[]
  readonly inverse: string
}

export type ModelField = ScalarField | CompositeField | ToOneField | ToManyField
/** A field that has a value of its own, in one column or several. */
export type ValueField = ScalarField | CompositeField

/** The foreign key of one column. */
export interface Reference {
  readonly table: string
  /** Name of the referenced column. */
  readonly column: string
  /** The target's soft-delete column; null for a target without one, whose records are hidden by rules. */
  readonly softDelete: Column | null
  /** Whether the id itself may be read as null: the column is nullable. */
  readonly isOptional: boolean
}

export interface UniqueKey {
  readonly name: string
  readonly columns: readonly string[]
  /** The index covers active records only (`where deleted_at is null`), as ours do. */
  readonly liveOnly: boolean
}

export interface ObjectModel {
  readonly table: string
  readonly kind: 'table' | 'view' | 'materializedView' | 'foreignTable'
  /** camelCase names; both are distinct over the whole model. */
  readonly nameSingular: string
  readonly namePlural: string
  /** PascalCase of both: stems of GraphQL type and field names, and of REST's response keys. */
  readonly typeName: string
  readonly pluralTypeName: string
  /**
   * Created by Tenantry's own DDL: absent text reads `""`, absent lists `[]`, as in the contract. In tables
   * made in SQL null stays null.
   */
  readonly emptyStringForNull: boolean
  readonly columns: ReadonlyMap<string, Column>
  /** Columns that identify a row: the primary key, else a unique not-null key; empty if there is none. */
  readonly key: readonly string[]
  readonly uniqueKeys: readonly UniqueKey[]
  /** The fields in order: columns as in the table, then to-one, then to-many relations. */
  readonly fields: ReadonlyMap<string, ModelField>
  /** Foreign keys by column that may read differently from their stored value (reference.ts). */
  readonly references: ReadonlyMap<string, Reference>
  /** `deleted_at`, if the object has a trash. */
  readonly softDelete: Column | null
  /** Label of one record. */
  readonly labelSingular: string
  /** Name of the label identifier, if there is one. */
  readonly labelField: string | null
  /** Whether the search over all objects includes this one. */
  readonly isSearchable: boolean
  /**
   * Groups of columns; records that agree on all columns of any group are duplicates. Empty: no duplicate
   * detection.
   */
  readonly duplicateCriteria: readonly (readonly string[])[]
  readonly insertable: boolean
  readonly updatable: boolean
  readonly deletable: boolean
  /** A rule puts another statement in place of one of these writes. */
  readonly hasRules?: true
  readonly comment: string | null
  /** The names that the table's own name gives, if the object has others. */
  readonly unmet: UnmetNames | null
  /** Absent for a role with all rights on it; for other roles, fields and columns are the readable ones. */
  readonly restriction?: Restriction
}

/** An object as a role with restricted rights sees it. */
interface Restriction {
  /** The complete object. */
  readonly whole: ObjectModel
  readonly permissions: TablePermissions
}

export interface FunctionArgument {
  /** camelCase name in the API. */
  readonly name: string
  /** In Postgres. */
  readonly ownName: string
  readonly type: ColumnType
  readonly hasDefault: boolean
  /** Without a value the function is not called, or returns null. */
  readonly isRequired: boolean
}

/** A function in the schema, as a field of GraphQL. */
export interface FunctionModel {
  readonly name: string
  readonly fieldName: string
  /** Whether the field's name was set explicitly. */
  readonly isNamed: boolean
  /**
   * `query` for stable and immutable functions, `mutation` for volatile ones, `computed` for fields of a
   * record.
   */
  readonly kind: 'query' | 'mutation' | 'computed'
  /** Of a computed field: the table whose row is its one argument. */
  readonly table: string | null
  readonly arguments: readonly FunctionArgument[]
  readonly result:
    | { readonly kind: 'value'; readonly type: ColumnType }
    | { readonly kind: 'record'; readonly table: string }
    | { readonly kind: 'nothing' }
  /** Returns any number of results. */
  readonly isSet: boolean
  readonly comment: string | null
}

/** Names that a table's own name gives and that another one has. */
export interface UnmetNames {
  /** Singular and plural, as a client would look for it. */
  readonly names: readonly string[]
  /** Follows "because": `the API has a type Actor of its own`. */
  readonly reason: string
}

/** A table or view that the record APIs do not show. */
export interface Omitted extends UnmetNames {
  readonly table: string
}

/** A function that GraphQL does not show. */
export interface UnservedFunction {
  readonly function: string
  readonly field: string
  readonly reason: string
}

export interface Model {
  /** Fingerprint of the schema version, lower-case hex. */
  readonly schemaHash: string
  readonly objects: readonly ObjectModel[]
  /** Tables without an object, sorted by name. */
  readonly omitted: readonly Omitted[]
  /** Names that depend on other tables or fields and are not yet recorded in a comment. */
  readonly unpinned: readonly Pin[]
  readonly functions: readonly FunctionModel[]
  /** Functions without a field because of their names. */
  readonly unserved: readonly UnservedFunction[]
  readonly byTable: ReadonlyMap<string, ObjectModel>
  readonly byPlural: ReadonlyMap<string, ObjectModel>
  readonly bySingular: ReadonlyMap<string, ObjectModel>
}

/** Why an object's name differs from its table's, in a sentence. */
export const nameNoteOf = ({ table, nameSingular, namePlural, unmet }: ObjectModel): string | null =>
  unmet === null
    ? null
    : `The table "${table}" is called ${nameSingular} and ${namePlural} in the API, because ${unmet.reason}.`

/** Why a table has no object, in a sentence. */
export const omissionOf = ({ table, reason }: Omitted): string =>
  `The table "${table}" is not served, because ${reason}.`

/** What happened to a table whose name would give a name that no object has. */
export const missingNameNote = ({ objects, omitted }: Model, name: string): string | null => {
  const object = objects.find(({ unmet }) => unmet?.names.includes(name) === true)
  if (object !== undefined) return nameNoteOf(object)
  const left = omitted.find((each) => each.table === name || each.names.includes(name))
  return left === undefined ? null : omissionOf(left)
}

/** Objects by lookup name. */
export const indexObjects = (
  objects: readonly ObjectModel[],
): Pick<Model, 'objects' | 'byTable' | 'byPlural' | 'bySingular'> => ({
  objects,
  byTable: new Map(objects.map((object) => [object.table, object])),
  byPlural: new Map(objects.map((object) => [object.namePlural, object])),
  bySingular: new Map(objects.map((object) => [object.nameSingular, object])),
})
