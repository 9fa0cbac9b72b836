// Functions of the schema as fields: of Query where they only read, of Mutation where they may write. In: a
// shape; out: a plugin that adds them. Those that compute a field of a record are in computed.ts.

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
import { GraphQLInt, GraphQLList, GraphQLNonNull } from 'postgraphile/graphql'
import type { FunctionModel, ObjectModel } from '../../../tenants/model/model.ts'
import { createParams } from '../../records/params.ts'
import {
  compileAmong,
  compileCall,
  compileEffect,
  compileRecord,
  compileValues,
} from '../../records/read/function.ts'
import { type Page, parsePage } from '../../records/read/pageArguments.ts'
import { liveOnly } from '../../records/read/trash.ts'
import { WRITTEN } from '../../records/write/write.ts'
import type { PlanContext } from '../planContext.ts'
import { type Arguments, RECORD_WRITE, type RecordWrite } from '../recordWrite.ts'
import { createFragmentEmitter, ROW, template } from '../steps/fragment.ts'
import { planList } from '../steps/list.ts'
import { planWrite, type WriteHow } from '../steps/write.ts'
import { objectIn } from '../view.ts'
import { claimNames } from './claim.ts'
import { codecOf, described, valueType } from './computed.ts'
import { listArguments, resourceOf } from './objects.ts'
import type { Shape } from './shape.ts'

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

const readValues = async (
  fn: FunctionModel,
  request: PlanContext,
  given: Arguments,
  { first, offset }: Partial<Page>,
): Promise<unknown> => {
  const e = createParams()
  const all = compileValues(compileCall(e, fn, given), fn)
  const text = fn.isSet ? `${all} limit ${first ?? 'all'} offset ${offset ?? 0}` : all
  const values = [...e.values]
  const { rows } = await request.toPostgres(null, (client) => client.query({ text, values, arrayMode: true }))
  return resultOf(fn, rows)
}

const writeValue = async (fn: FunctionModel, request: PlanContext, given: Arguments): Promise<unknown> => {
  const e = createParams()
  const write = compileEffect(compileCall(e, fn, given), fn)
  const select = `select value from ${WRITTEN}`
  return resultOf(fn, await request.write({ write, select, values: e.values }, false))
}

/** Values in the function's own order, as many as a list of records may have. */
const valuesField = (build: Build, shape: Shape, fn: FunctionModel) => ({
  ...described(fn),
  type: valueType(build, shape, fn),
  args: { ...argumentTypes(build, shape, fn), first: { type: GraphQLInt }, offset: { type: GraphQLInt } },
  plan: (_$root: Step, args: FieldArgs) =>
    lambda(
      [context(), givenOf(fn, args), args.getRaw('first'), args.getRaw('offset')],
      ([request, given, first, offset]) =>
        readValues(fn, request, given, parsePage({ first, offset }, false)),
    ),
})

const valueField = (build: Build, shape: Shape, fn: FunctionModel) => ({
  ...described(fn),
  type: valueType(build, shape, fn),
  args: argumentTypes(build, shape, fn),
  plan: (_$root: Step, args: FieldArgs) => {
    const asked = [context(), givenOf(fn, args)] as const
    return fn.kind === 'mutation'
      ? sideEffect(asked, ([request, given]) => writeValue(fn, request, given))
      : lambda(asked, ([request, given]) => readValues(fn, request, given, {}))
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
  const how: WriteHow<Arguments> = {
    compile: (e, given, { model }) => compileRecord(compileCall(e, fn, given), objectIn(model, object)),
  }
  return {
    ...described(fn),
    type: build.getOutputTypeByName(object.typeName),
    args: argumentTypes(build, shape, fn),
    plan: (_$root: Step, args: FieldArgs) => planWrite(resource, givenOf(fn, args), how).single(),
    extensions: { [RECORD_WRITE]: { object, how, answer: 'one' } satisfies RecordWrite },
  }
}

const fieldOf = (build: Build, shape: Shape, fn: FunctionModel) => {
  const { result } = fn
  if (result.kind !== 'record') return fn.isSet ? valuesField(build, shape, fn) : valueField(build, shape, fn)
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
        after: [
          'TenantryQueriesPlugin',
          'TenantryGroupByPlugin',
          'TenantryMutationsPlugin',
          'TenantryDuplicatesPlugin',
          'TenantrySearchPlugin',
        ],
        callback(fields, build, { scope }) {
          const kind = scope.isRootQuery ? 'query' : scope.isRootMutation ? 'mutation' : null
          const { model, unclaimed } = shape
          const asking = model.functions.filter((fn) => fn.kind === kind)
          // Names of objects stay theirs, whether GraphQL shows them or not.
          const isTaken = (name: string) =>
            Object.hasOwn(fields, name) || model.byPlural.has(name) || model.bySingular.has(name)
          const added = claimNames(asking, isTaken, unclaimed).flatMap((fn) => {
            const field = fieldOf(build, shape, fn)
            return field === null ? [] : [[fn.fieldName, field] as const]
          })
          return added.length === 0 ? fields : build.extend(fields, Object.fromEntries(added), 'Tenantry')
        },
      },
    },
  },
})
