// Projects plain values to the selected fields, as JSON text. For the few answers that are not records.

import { type GraphQLOutputType, getNullableType, isListType, isObjectType } from 'postgraphile/graphql'
import { isRecord } from '../../../tenants/model/json.ts'
import { quoteJson } from '../../records/select/json.ts'
import { type CollectContext, collectFields, type Selected } from './collect.ts'

export const projectJson = (
  declared: GraphQLOutputType,
  value: unknown,
  selected: Selected,
  operation: CollectContext,
): string => {
  const type = getNullableType(declared)
  if (value === null || value === undefined) return 'null'
  if (isListType(type))
    return `[${(Array.isArray(value) ? value : [value]).map((item) => projectJson(type.ofType, item, selected, operation)).join(',')}]`
  if (!isObjectType(type) || !isRecord(value)) return JSON.stringify(value)
  const fields = type.getFields()
  const entries = collectFields(selected.selections, operation).map((field) => {
    const definition = fields[field.name]
    const json =
      definition === undefined
        ? quoteJson(type.name)
        : projectJson(definition.type, value[field.name], field, operation)
    return `${quoteJson(field.key)}:${json}`
  })
  return `{${entries.join(',')}}`
}
