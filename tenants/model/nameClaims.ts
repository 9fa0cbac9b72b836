// Which names of one schema's API are taken, and by what: fields of Query and Mutation, and types that follow
// from the names of an object.

import type { FunctionModel } from './model.ts'
import { toTypeName } from './name.ts'
import { mutationFieldsOf, OBJECT_TYPES, type ObjectNames, rootFieldsOf } from './reserved.ts'

/** A function that asks for a field. */
export interface NamedFunction extends Pick<FunctionModel, 'name' | 'kind' | 'fieldName' | 'isNamed'> {
  /** Version of the model in which the function got its SQL name; 0 from before versions were recorded. */
  readonly since: number
}

export type NameOwner =
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'function'; readonly fn: NamedFunction }

export const ownerText = (owner: NameOwner): string =>
  owner.kind === 'table' ? `the table "${owner.table}"` : `the function "${owner.fn.name}"`

export const keysOfObject = (names: ObjectNames): readonly string[] => [
  ...rootFieldsOf(names).map((field) => `query ${field}`),
  ...mutationFieldsOf(names).map((field) => `mutation ${field}`),
  // Types are named after both forms.
  `type ${toTypeName(names.namePlural)}`,
  ...OBJECT_TYPES.map((suffix) => `type ${toTypeName(names.nameSingular)}${suffix}`),
]

export const keyOfFunction = ({ kind, fieldName }: Pick<FunctionModel, 'kind' | 'fieldName'>): string =>
  `${kind} ${fieldName}`

export const createNameClaims = () => {
  const owners = new Map<string, NameOwner>()
  return {
    ownerOf: (keys: readonly string[]): NameOwner | undefined =>
      keys.flatMap((key) => owners.get(key) ?? [])[0],
    take: (keys: readonly string[], owner: NameOwner): void => {
      for (const key of keys) owners.set(key, owner)
    },
  }
}
