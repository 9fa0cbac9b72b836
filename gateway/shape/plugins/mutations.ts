// Root fields that write: one statement each. In: a shape; out: a plugin that adds them to Mutation, where the table allows
// them. A record is named by its key: `updateCompany(id: …)`, or `updateAlbum(albumId: …)`, or by several arguments where the
// key has several columns; what has no key cannot be written one by one.

import { type FieldArgs, object as objectStep, type Step } from 'postgraphile/grafast'
import { GraphQLBoolean, type GraphQLInputType, GraphQLList, GraphQLNonNull } from 'postgraphile/graphql'
import type { ObjectModel, ScalarField } from '../../../tenants/model/model.ts'
import { Problem } from '../../problem.ts'
import {
  compileDestroy,
  compileInsert,
  compileKey,
  compileRestore,
  compileSoftDelete,
  compileUpdate,
} from '../../query/write.ts'
import { existing } from '../steps/record.ts'
import { type CompileWrite, planWrite } from '../steps/write.ts'
import { writableFields } from './inputs.ts'
import { resourceOf, type Shape } from './objects.ts'

type Build = GraphileBuild.Build
type Arguments = Readonly<Record<string, unknown>>
type ArgumentTypes = Readonly<Record<string, { readonly type: GraphQLInputType }>>

/** An argument that names a record by a column of its key. */
interface KeyArgument {
  readonly name: string
  readonly field: ScalarField
}

/** None where a column of the key is no field of its own. */
const keyArguments = (object: ObjectModel): readonly KeyArgument[] => {
  const scalars = [...object.fields.values()].filter((field) => field.kind === 'scalar')
  const found = object.key.flatMap((column) => {
    const field = scalars.find((candidate) => candidate.column.name === column)
    return field === undefined ? [] : [{ name: field.name === 'data' ? 'dataKey' : field.name, field }]
  })
  return found.length === object.key.length ? found : []
}

const bad = (message: string, subCode: string): Problem => new Problem('BAD_USER_INPUT', message, { subCode })

const refuseUpsert = (upsert: unknown): void => {
  if (upsert === true)
    throw bad('Upsert is not available: leave "upsert" out and create new records.', 'INVALID_ARGS_DATA')
}

const checkBatch = (data: unknown, maxRecords: number): readonly unknown[] => {
  const records: readonly unknown[] = Array.isArray(data) ? data : [data]
  if (records.length === 0) throw bad('A batch holds at least one record', 'INVALID_ARGS_DATA')
  if (records.length > maxRecords)
    throw bad(`Maximum number of records to upsert is ${maxRecords}.`, 'TOO_MANY_RECORDS_TO_UPDATE')
  return records
}

/** Makes the plans of one object's writes: `compile` gets the arguments when the request runs. */
const createPlanner = (build: Build, object: ObjectModel) => {
  const resource = resourceOf(build, object)
  return (types: ArgumentTypes, compile: CompileWrite<Arguments>) => (_$root: Step, args: FieldArgs) => {
    const $arguments: Step<Arguments> = objectStep(
      Object.fromEntries(Object.keys(types).map((name) => [name, args.getRaw(name)])),
    )
    return planWrite(resource, $arguments, compile)
  }
}

const createFields = (build: Build, object: ObjectModel) => {
  const planner = createPlanner(build, object)
  const type = build.getOutputTypeByName(object.typeName)
  const record = new GraphQLNonNull(build.getInputTypeByName(`${object.typeName}CreateInput`))
  const upsert = { type: GraphQLBoolean }
  const one = { data: { type: record }, upsert }
  const many = { data: { type: new GraphQLNonNull(new GraphQLList(record)) }, upsert }
  const compile: CompileWrite<Arguments> = (e, given, { author, maxBatchRecords }) => {
    refuseUpsert(given.upsert)
    return compileInsert(e, object, checkBatch(given.data, maxBatchRecords), author)
  }
  const plan = planner(one, compile)
  return {
    [`create${object.typeName}`]: {
      type,
      args: one,
      plan: ($root: Step, args: FieldArgs) => plan($root, args).single(),
    },
    [`create${object.pluralTypeName}`]: { type: new GraphQLList(type), args: many, plan },
  }
}

/** Fields whose record is named by its key; that there is none is an error. */
const keyedFields = (build: Build, { vocabulary }: Shape, object: ObjectModel) => {
  const keys = keyArguments(object)
  if (keys.length === 0) return {}
  const planner = createPlanner(build, object)
  const type = build.getOutputTypeByName(object.typeName)
  const keyTypes: ArgumentTypes = Object.fromEntries(
    keys.map(({ name, field }) => {
      const named = build.getInputTypeByName(vocabulary.scalar(object, field).output)
      return [name, { type: new GraphQLNonNull(named) }]
    }),
  )
  const keyOf = (given: Arguments): ReadonlyMap<string, unknown> =>
    new Map(keys.map(({ name, field }) => [field.column.name, given[name]]))
  const field = (compile: CompileWrite<Arguments>, more: ArgumentTypes = {}) => {
    const args = { ...keyTypes, ...more }
    const plan = planner(args, compile)
    return { type, args, plan: ($root: Step, given: FieldArgs) => existing(plan($root, given)) }
  }

  const remove = field((e, given) => {
    const where = (alias: string): string => compileKey(e, object, alias, keyOf(given))
    return object.softDelete === null ? compileDestroy(object, where) : compileSoftDelete(object, where)
  })
  const destroy = field((e, given) =>
    compileDestroy(object, (alias) => compileKey(e, object, alias, keyOf(given), 'any')),
  )
  const restore = field((e, given) =>
    compileRestore(object, (alias) => compileKey(e, object, alias, keyOf(given), 'trashed')),
  )
  const hasTrash = object.softDelete !== null
  const canUpdate = object.updatable && writableFields(object).length > 0
  return {
    ...(canUpdate ? { [`update${object.typeName}`]: updateField(build, object, field, keyOf) } : {}),
    ...((hasTrash ? object.updatable : object.deletable) ? { [`delete${object.typeName}`]: remove } : {}),
    ...(object.deletable ? { [`destroy${object.typeName}`]: destroy } : {}),
    ...(hasTrash && object.updatable ? { [`restore${object.typeName}`]: restore } : {}),
  }
}

const updateField = <Field>(
  build: Build,
  object: ObjectModel,
  field: (compile: CompileWrite<Arguments>, more: ArgumentTypes) => Field,
  keyOf: (given: Arguments) => ReadonlyMap<string, unknown>,
): Field =>
  field(
    (e, given, { author }) =>
      compileUpdate(e, object, given.data, author, (alias) => compileKey(e, object, alias, keyOf(given))),
    { data: { type: new GraphQLNonNull(build.getInputTypeByName(`${object.typeName}UpdateInput`)) } },
  )

const fieldsOf = (build: Build, shape: Shape, object: ObjectModel) => ({
  ...(object.insertable && writableFields(object).length > 0 ? createFields(build, object) : {}),
  ...keyedFields(build, shape, object),
})

export const createMutationsPlugin = (shape: Shape): GraphileConfig.Plugin => ({
  name: 'TenantryMutationsPlugin',
  version: '1.0.0',
  schema: {
    hooks: {
      GraphQLObjectType_fields(fields, build, { scope }) {
        if (!scope.isRootMutation) return fields
        const added = shape.vocabulary.objects.map((object) => fieldsOf(build, shape, object))
        return build.extend(fields, Object.assign({}, ...added), 'Tenantry')
      },
    },
  },
})
