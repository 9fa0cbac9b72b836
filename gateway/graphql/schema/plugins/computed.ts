// Fields that functions compute from an object's record, and the types of function results. A computed field
// reads the whole record, so it requires the right to read all of it.

import { GraphQLBoolean, GraphQLList } from 'postgraphile/graphql'
import type { FunctionModel, ObjectModel } from '../../../../tenants/model/model.ts'
import { meaning } from '../../meaning.ts'
import type { Compilation } from './compilation.ts'

type Build = GraphileBuild.Build

export const describedFunction = ({ comment }: FunctionModel) =>
  comment === null ? {} : { description: comment }

export const valueType = (build: Build, { vocabulary }: Compilation, { result, isSet }: FunctionModel) => {
  if (result.kind !== 'value') return GraphQLBoolean
  const { output, isList } = vocabulary.value(result.type)
  const named = build.getOutputTypeByName(output)
  const type = isList ? new GraphQLList(named) : named
  return isSet ? new GraphQLList(type) : type
}

/** Fields that functions compute from the object's record. */
export const computedFields = (build: Build, compilation: Compilation, object: ObjectModel) => {
  const asking = compilation.model.functions.filter(
    (fn) => fn.kind === 'computed' && fn.table === object.table,
  )
  return Object.fromEntries(
    asking.map((fn) => [
      fn.fieldName,
      {
        ...describedFunction(fn),
        type: valueType(build, compilation, fn),
        extensions: meaning({ kind: 'computed', fn }),
      },
    ]),
  )
}
