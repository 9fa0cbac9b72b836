// Resolves the names of functions: which become fields, and why the others do not. Records come first, then
// explicit names; if several functions compete for a name none gets it, so that a new function never takes
// over another's field.

import type { FunctionModel } from '../../../../tenants/model/model.ts'

/** A function that GraphQL does not show. */
export interface Unclaimed {
  readonly function: string
  readonly field: string
  readonly reason: string
}

/** @param unclaimed receives the functions without a field */
export const claimNames = (
  functions: readonly FunctionModel[],
  isTaken: (name: string) => boolean,
  unclaimed: Unclaimed[],
): readonly FunctionModel[] => {
  const rivalsOf = ({ fieldName }: FunctionModel) => {
    const all = functions.filter((other) => other.fieldName === fieldName)
    const named = all.filter(({ isNamed }) => isNamed)
    return named.length > 0 ? named : all
  }
  return functions.filter((fn) => {
    const rivals = rivalsOf(fn)
    const reason = isTaken(fn.fieldName)
      ? 'its name is taken'
      : rivals.length > 1 || rivals[0] !== fn
        ? 'another function has the same name'
        : null
    if (reason !== null) unclaimed.push({ function: fn.name, field: fn.fieldName, reason })
    return reason === null
  })
}
