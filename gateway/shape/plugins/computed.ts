// Fields of an object that functions compute of its record, and how the result of any function is typed and read. In: a shape and an
// object; out: configurations of fields. A computed field reads the whole record, so it takes the right to read all of it.

import type { PgCodec, PgSelectSingleStep } from 'postgraphile/@dataplan/pg'
import { GraphQLBoolean, GraphQLList } from 'postgraphile/graphql'
import type { FunctionModel, ObjectModel } from '../../../tenants/model/model.ts'
import { checkColumns, wholeOf } from '../../records/model/permission.ts'
import { compileComputed, readResult } from '../../records/read/function.ts'
import { CODECS, LIST } from '../steps/codec.ts'
import { ROW, template } from '../steps/fragment.ts'
import { viewOf } from '../view.ts'
import { claimNames } from './claim.ts'
import type { Shape } from './shape.ts'

type Build = GraphileBuild.Build

export const described = ({ comment }: FunctionModel) => (comment === null ? {} : { description: comment })

export const valueType = (build: Build, { vocabulary }: Shape, { result, isSet }: FunctionModel) => {
  if (result.kind !== 'value') return GraphQLBoolean
  const { output, isList } = vocabulary.value(result.type)
  const named = build.getOutputTypeByName(output)
  const type = isList ? new GraphQLList(named) : named
  return isSet ? new GraphQLList(type) : type
}

export const codecOf = (fn: FunctionModel): PgCodec =>
  fn.result.kind === 'value' && fn.result.type.isArray ? LIST : CODECS[readResult(fn, '').json]

/** Fields of an object that functions compute of its record. */
export const computedFields = (build: Build, shape: Shape, object: ObjectModel) => {
  const asking = shape.model.functions.filter((fn) => fn.kind === 'computed' && fn.table === object.table)
  const claimed = claimNames(asking, (name) => object.fields.has(name), shape.unclaimed)
  return Object.fromEntries(
    claimed.map((fn) => {
      const fragment = template(compileComputed(fn, object, ROW).sql)
      const field = {
        ...described(fn),
        type: valueType(build, shape, fn),
        plan: ($record: PgSelectSingleStep) => {
          const seen = viewOf(shape.model, object).object
          checkColumns('read', seen, wholeOf(seen).columns.keys())
          return $record.select(fragment($record.getClassStep().alias), codecOf(fn))
        },
      }
      return [fn.fieldName, field]
    }),
  )
}
