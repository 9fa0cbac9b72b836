// The meaning of a schema field. The plugins that build the schema store it in the field's extensions; the
// compiler of operations reads it there, so no field is recognised by its name.

import type { GraphQLField } from 'postgraphile/graphql'
import type { FunctionModel, ObjectModel } from '../../tenants/model/model.ts'
import type { Arguments } from '../records/run.ts'
import type { WriteOperation } from '../records/write/writeOperation.ts'

/** The key of a record from the arguments of its field. */
export type KeyOf = (given: Arguments) => ReadonlyMap<string, unknown>

export interface RecordWrite {
  readonly object: ObjectModel
  readonly operation: WriteOperation<Arguments>
  /** One record or null; one that must exist; a list. */
  readonly answer: 'one' | 'existing' | 'many'
}

/** Objects are those of the whole model: a role may see less of them. */
export type Meaning =
  /** Always null. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'list' | 'record' | 'groups' | 'duplicates'; readonly object: ObjectModel }
  | { readonly kind: 'history'; readonly object: ObjectModel; readonly keyOf: KeyOf }
  /** Undoes a change of a record. */
  | { readonly kind: 'undo'; readonly object: ObjectModel; readonly keyOf: KeyOf }
  /** Changes of the object's records. */
  | { readonly kind: 'changes'; readonly object: ObjectModel }
  | { readonly kind: 'search' }
  | ({ readonly kind: 'write' } & RecordWrite)
  /** A function of the workspace's schema that returns values. */
  | { readonly kind: 'values'; readonly fn: FunctionModel }
  /** A function that returns records of an object. */
  | { readonly kind: 'recordsOf'; readonly fn: FunctionModel; readonly object: ObjectModel }
  /** A field of a record computed by a function. */
  | { readonly kind: 'computed'; readonly fn: FunctionModel }

const KEY = 'tenantry'

/** The extensions of a field with this meaning. */
export const meaning = (of: Meaning): { readonly [KEY]: Meaning } => ({ [KEY]: of })

const isMeaning = (value: unknown): value is Meaning =>
  typeof value === 'object' && value !== null && 'kind' in value

export const meaningOf = ({ extensions }: GraphQLField<unknown, unknown>): Meaning | null => {
  const found = extensions[KEY]
  return isMeaning(found) ? found : null
}
