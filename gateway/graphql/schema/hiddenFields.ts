// Root fields for the past and the changes of an object that GraphQL does not show, because a table or a
// function has their name or the name of one of their types.

import { changesFieldOf, historyFieldOf } from '../../../tenants/model/reserved.ts'
import type { Compilation } from './plugins/compilation.ts'
import { keyArguments } from './plugins/mutations.ts'

export interface HiddenField {
  readonly table: string
  readonly field: string
  readonly reason: string
}

const REASON = 'its name, or the name of one of its types, belongs to another table or function'

export const hiddenFieldsOf = (compilation: Compilation): readonly HiddenField[] => {
  const withHistory = new Set(compilation.withHistory)
  const withChanges = new Set(compilation.withChanges)
  return compilation.vocabulary.objects.flatMap((object) =>
    [
      ...(keyArguments(object).length === 0 || withHistory.has(object) ? [] : [historyFieldOf(object)]),
      ...(withChanges.has(object) ? [] : [changesFieldOf(object)]),
    ].map((field) => ({ table: object.table, field, reason: REASON })),
  )
}
