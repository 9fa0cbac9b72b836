// Functions of the schema as fields: of Query if read-only, else of Mutation. Computed fields are in
// computed.ts.

import { GraphQLInt, GraphQLList, GraphQLNonNull } from 'postgraphile/graphql'
import type { FunctionModel, ObjectModel } from '../../../../tenants/model/model.ts'
import { compileCall, compileRecord } from '../../../records/read/function.ts'
import { meaning, type RecordWrite } from '../../meaning.ts'
import { objectIn } from '../../select/record.ts'
import type { Compilation } from './compilation.ts'
import { describedFunction, valueType } from './computed.ts'
import { listArguments } from './objects.ts'
import type { FieldConfig, ListedField, RootFields } from './rootFields.ts'

type Build = GraphileBuild.Build

const argumentTypes = (build: Build, { vocabulary }: Compilation, fn: FunctionModel) =>
  Object.fromEntries(
    fn.arguments.map(({ name, type, isRequired }) => {
      const { input, isList } = vocabulary.value(type)
      const named = build.getInputTypeByName(input)
      const whole = isList ? new GraphQLList(named) : named
      return [name, { type: isRequired ? new GraphQLNonNull(whole) : whole }]
    }),
  )

/** Values in the function's own order, capped like a list of records. */
const valuesField = (build: Build, compilation: Compilation, fn: FunctionModel) => ({
  ...describedFunction(fn),
  type: valueType(build, compilation, fn),
  args: {
    ...argumentTypes(build, compilation, fn),
    ...(fn.isSet ? { first: { type: GraphQLInt }, offset: { type: GraphQLInt } } : {}),
  },
  extensions: meaning({ kind: 'values', fn }),
})

const recordsField = (build: Build, compilation: Compilation, fn: FunctionModel, object: ObjectModel) => ({
  ...describedFunction(fn),
  type: build.getOutputTypeByName(fn.isSet ? `${object.typeName}Connection` : object.typeName),
  args: { ...argumentTypes(build, compilation, fn), ...(fn.isSet ? listArguments(build, object) : {}) },
  extensions: meaning({ kind: 'recordsOf', fn, object }),
})

const writeOf = (fn: FunctionModel, object: ObjectModel): RecordWrite => ({
  object,
  operation: {
    compile: (e, given, { model }) => compileRecord(compileCall(e, fn, given), objectIn(model, object)),
    touchesOthers: true,
  },
  answer: 'one',
})

const writtenField = (build: Build, compilation: Compilation, fn: FunctionModel, object: ObjectModel) => ({
  ...describedFunction(fn),
  type: build.getOutputTypeByName(object.typeName),
  args: argumentTypes(build, compilation, fn),
  extensions: meaning({ kind: 'write', ...writeOf(fn, object) }),
})

/** Makes the field of a function; null if it has none. */
const fieldOf = (build: Build, compilation: Compilation, fn: FunctionModel): (() => FieldConfig) | null => {
  const { result } = fn
  if (result.kind !== 'record') return () => valuesField(build, compilation, fn)
  const object = compilation.vocabulary.byTable.get(result.table)
  // Records without a key cannot be matched with the results.
  if (object === undefined || object.key.length === 0) return null
  return fn.kind === 'mutation'
    ? () => writtenField(build, compilation, fn, object)
    : () => recordsField(build, compilation, fn, object)
}

export const createFunctionFields =
  (compilation: Compilation): RootFields =>
  (build, root) =>
    compilation.model.functions.flatMap((fn): readonly ListedField[] => {
      const make = fn.kind === root ? fieldOf(build, compilation, fn) : null
      return make === null ? [] : [[fn.fieldName, make]]
    })
