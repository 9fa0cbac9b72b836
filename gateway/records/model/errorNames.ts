// API names of a model's columns and constraints, for translating errors of Postgres.

import type { Model } from '../../../tenants/model/model.ts'
import type { ErrorNames } from '../../error/sqlstate.ts'
import { fieldOfColumn } from './permission.ts'

export const errorNamesOf = (model: Model): ErrorNames => ({
  field: (table, column) => {
    const object = model.byTable.get(table)
    return object === undefined ? undefined : fieldOfColumn(object, column)
  },
  uniqueFields: (table, constraint) => {
    const object = model.byTable.get(table)
    const key = object?.uniqueKeys.find((candidate) => candidate.name === constraint)
    return object && key?.columns.flatMap((column) => fieldOfColumn(object, column) ?? [])
  },
  joinFields: (table, constraint) => {
    const object = model.byTable.get(table)
    for (const field of object?.fields.values() ?? [])
      if (object !== undefined && field.kind === 'toOne' && field.constraint === constraint)
        return field.columns.flatMap((column) => fieldOfColumn(object, column) ?? [])
    return undefined
  },
})
