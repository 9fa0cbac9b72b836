// Which candidates get the fields that they ask for, and which names depend on something else.

import type { FunctionModel, ObjectModel, UnservedFunction } from '../model.ts'
import type { NamedFunction } from '../nameClaims.ts'
import type { FunctionNaming } from '../naming.ts'
import type { Pin } from '../pin.ts'
import type { FunctionCandidate } from './deriveFunction.ts'

/** Names of fields of Query and Mutation, and of fields that functions compute. */
export type FunctionNames = ReadonlyMap<NamedFunction, FunctionNaming>

export const functionPins = (
  candidates: readonly FunctionCandidate[],
  names: FunctionNames,
): readonly Pin[] =>
  candidates.flatMap((candidate) => {
    const naming = names.get(candidate)
    const { name, signature, fieldName, isNamed } = candidate
    return naming?.isContested === true && naming.reason === null && !isNamed
      ? [{ kind: 'function', table: name, part: signature, names: [fieldName] }]
      : []
  })

export const unservedOf = (
  candidates: readonly FunctionCandidate[],
  names: FunctionNames,
): readonly UnservedFunction[] =>
  candidates.flatMap((candidate) => {
    const reason = names.get(candidate)?.reason ?? null
    return reason === null ? [] : [{ function: candidate.name, field: candidate.fieldName, reason }]
  })

/** Whether the tables that a function needs have objects. */
const needsOnly = (
  { table, result }: FunctionModel,
  tables: { readonly has: (table: string) => boolean },
): boolean => (table === null || tables.has(table)) && (result.kind !== 'record' || tables.has(result.table))

export const servedFunctions = (
  candidates: readonly FunctionCandidate[],
  names: FunctionNames,
  objects: readonly ObjectModel[],
): readonly FunctionModel[] => {
  const tables = new Set(objects.map(({ table }) => table))
  return candidates.flatMap((candidate) =>
    (names.get(candidate)?.reason ?? null) === null && needsOnly(candidate.model, tables)
      ? [candidate.model]
      : [],
  )
}
