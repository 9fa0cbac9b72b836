// Functions of the schema as fields: of Query where they only read, of Mutation where they may write. In: a
// shape; out: a plugin that adds them. A name that records have taken stays theirs: the function's gets the ending "Function".

import type { PgSelectQueryBuilder } from 'postgraphile/@dataplan/pg'
import {
  constant,
  context,
  type FieldArgs,
  lambda,
  object as objectStep,
  type Step,
  sideEffect,
} from 'postgraphile/grafast'
import { GraphQLList, GraphQLNonNull } from 'postgraphile/graphql'
import type { FunctionModel, ObjectModel } from '../../../tenants/model/model.ts'
import { freeName } from '../../../tenants/model/naming.ts'
import { compileAmong, compileCall, compileEffect, compileRecords, compileValues } from '../../query/call.ts'
import { createTextEmitter } from '../../query/emit.ts'
import { liveOnly } from '../../query/filter.ts'
import type { PlanContext } from '../planContext.ts'
import { type Arguments, RECORD_WRITE, type RecordWrite } from '../recordWrite.ts'
import { createFragmentEmitter, ROW, template } from '../steps/fragment.ts'
import { planList } from '../steps/list.ts'
import { planWrite, type WriteHow } from '../steps/write.ts'
import { codecOf, described, valueType } from './computed.ts'
import { listArguments, resourceOf, type Shape } from './objects.ts'

type Build = GraphileBuild.Build

const argumentTypes = (build: Build, { vocabulary }: Shape, fn: FunctionModel) =>
  Object.fromEntries(
    fn.arguments.map(({ name, type, isRequired }) => {
      const { input, isList } = vocabulary.value(type)
      const named = build.getInputTypeByName(input)
      const whole = isList ? new GraphQLList(named) : named
      return [name, { type: isRequired ? new GraphQLNonNull(whole) : whole }]
    }),
  )

const givenOf = (fn: FunctionModel, args: FieldArgs): Step<Arguments> =>
  objectStep(Object.fromEntries(fn.arguments.map(({ name }) => [name, args.getRaw(name)])))

/** Rows of one text each, as what the function gives. */
const resultOf = (fn: FunctionModel, rows: readonly unknown[]): unknown => {
  const { fromPg } = codecOf(fn)
  const values = rows.map((row) => {
    const text: unknown = Array.isArray(row) ? row[0] : null
    return typeof text === 'string' ? fromPg(text) : null
  })
  return fn.isSet ? values : (values[0] ?? null)
}

const readValues = async (fn: FunctionModel, request: PlanContext, given: Arguments): Promise<unknown> => {
  const e = createTextEmitter()
  const text = compileValues(compileCall(e, fn, given), fn)
  const values = [...e.values]
  const { rows } = await request.toPostgres(null, (client) => client.query({ text, values, arrayMode: true }))
  return resultOf(fn, rows)
}

const writeValues = async (fn: FunctionModel, request: PlanContext, given: Arguments): Promise<unknown> => {
  const e = createTextEmitter()
  const write = compileEffect(compileCall(e, fn, given), fn)
  const rows = await request.write({ write, select: 'select value from written', values: e.values }, false)
  return resultOf(fn, rows)
}

const valueField = (build: Build, shape: Shape, fn: FunctionModel) => ({
  ...described(fn),
  type: valueType(build, shape, fn),
  args: argumentTypes(build, shape, fn),
  plan: (_$root: Step, args: FieldArgs) => {
    const asked = [context(), givenOf(fn, args)] as const
    return fn.kind === 'mutation'
      ? sideEffect(asked, ([request, given]) => writeValues(fn, request, given))
      : lambda(asked, ([request, given]) => readValues(fn, request, given))
  },
})

/** Which records is for the function to say; how many, in which order and which of them, for the list's own arguments. */
const recordsField = (build: Build, shape: Shape, fn: FunctionModel, object: ObjectModel) => {
  const resource = resourceOf(build, object)
  const live = liveOnly(object, ROW)
  const among = (args: FieldArgs) => {
    const $select = resource.find()
    $select.apply(
      lambda(givenOf(fn, args), (given) => (qb: PgSelectQueryBuilder) => {
        const e = createFragmentEmitter()
        qb.where(e.fragment(compileAmong(compileCall(e, fn, given), object, ROW), qb.alias))
      }),
    )
    return $select
  }
  const own = argumentTypes(build, shape, fn)
  if (fn.isSet)
    return {
      ...described(fn),
      type: build.getOutputTypeByName(`${object.typeName}Connection`),
      args: { ...own, ...listArguments(build, object) },
      plan: (_$root: Step, args: FieldArgs) => planList(shape.model, object, among(args), args, false),
    }
  return {
    ...described(fn),
    type: build.getOutputTypeByName(object.typeName),
    args: own,
    plan: (_$root: Step, args: FieldArgs) => {
      const $select = among(args)
      if (live !== null) $select.where(template(live)($select.alias))
      $select.setFirst(constant(1))
      return $select.single()
    },
  }
}

const writtenField = (build: Build, shape: Shape, fn: FunctionModel, object: ObjectModel) => {
  const resource = resourceOf(build, object)
  const type = build.getOutputTypeByName(object.typeName)
  const how: WriteHow<Arguments> = {
    compile: (e, given) => compileRecords(compileCall(e, fn, given), object),
    ...(fn.isSet ? { order: object.key } : {}),
  }
  const answer = fn.isSet ? 'many' : 'one'
  return {
    ...described(fn),
    type: fn.isSet ? new GraphQLList(type) : type,
    args: argumentTypes(build, shape, fn),
    plan: (_$root: Step, args: FieldArgs) => {
      const $written = planWrite(resource, givenOf(fn, args), how)
      return fn.isSet ? $written : $written.single()
    },
    extensions: { [RECORD_WRITE]: { object, how, answer } satisfies RecordWrite },
  }
}

const fieldOf = (build: Build, shape: Shape, fn: FunctionModel) => {
  const { result } = fn
  if (result.kind !== 'record') return valueField(build, shape, fn)
  const object = shape.vocabulary.objects.find(({ table }) => table === result.table)
  // What has no key cannot be told to be among the results.
  if (object === undefined || object.key.length === 0) return null
  return fn.kind === 'mutation'
    ? writtenField(build, shape, fn, object)
    : recordsField(build, shape, fn, object)
}

export const createFunctionsPlugin = (shape: Shape): GraphileConfig.Plugin => ({
  name: 'TenantryFunctionsPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      GraphQLObjectType_fields: {
        // Records take their names first.
        after: ['TenantryQueriesPlugin', 'TenantryMutationsPlugin', 'TenantrySearchPlugin'],
        callback(fields, build, { scope }) {
          const kind = scope.isRootQuery ? 'query' : scope.isRootMutation ? 'mutation' : null
          const taken = new Set(Object.keys(fields))
          const added = shape.model.functions.flatMap((fn) => {
            const field = fn.kind === kind ? fieldOf(build, shape, fn) : null
            if (field === null) return []
            const name = freeName([fn.fieldName, `${fn.fieldName}Function`], (each) => taken.has(each))
            taken.add(name)
            return [[name, field] as const]
          })
          return added.length === 0 ? fields : build.extend(fields, Object.fromEntries(added), 'Tenantry')
        },
      },
    },
  },
})
