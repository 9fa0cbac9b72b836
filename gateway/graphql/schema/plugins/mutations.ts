// Root fields that write: one statement each, if the table allows them. A record is identified by its key:
// `updateCompany(id: …)`, or `updateAlbum(albumId: …)`, or by several arguments if the key has several
// columns; a table without a key has no fields for single records. Many records are selected by a filter.

import { GraphQLBoolean, type GraphQLInputType, GraphQLList, GraphQLNonNull } from 'postgraphile/graphql'
import type { ObjectModel, ScalarField } from '../../../../tenants/model/model.ts'
import type { Params } from '../../../records/params.ts'
import { compileKey, scalarOf } from '../../../records/read/key.ts'
import type { Arguments } from '../../../records/run.ts'
import { compileCreateMany, mayGoInTurn } from '../../../records/write/batch.ts'
import { checkBatch } from '../../../records/write/batchSize.ts'
import { compileInsertOne } from '../../../records/write/insert.ts'
import { compileUpsertOne } from '../../../records/write/upsert.ts'
import {
  type Bulk,
  bulkWhere,
  compileDestroy,
  compileRestore,
  compileSoftDelete,
  compileUpdate,
  type Where,
} from '../../../records/write/write.ts'
import type { WriteContext, WriteOperation } from '../../../records/write/writeOperation.ts'
import { ordinalColumn, type Written } from '../../../records/writtenTable.ts'
import { type KeyOf, meaning, type RecordWrite } from '../../meaning.ts'
import { objectIn } from '../../select/record.ts'
import type { Compilation } from './compilation.ts'
import type { FieldConfig, ListedField, RootFields } from './rootFields.ts'

type Build = GraphileBuild.Build
type ArgumentTypes = Readonly<Record<string, { readonly type: GraphQLInputType }>>

/** The argument for a column of the key. */
interface KeyArgument {
  readonly name: string
  readonly field: ScalarField
}

/** None if a column of the key has no field of its own. */
export const keyArguments = (object: ObjectModel): readonly KeyArgument[] => {
  const found = object.key.flatMap((column) => {
    const field = scalarOf(object, column)
    return field === undefined ? [] : [{ name: field.name === 'data' ? 'dataKey' : field.name, field }]
  })
  return found.length === object.key.length ? found : []
}

const writeField = (
  build: Build,
  object: ObjectModel,
  args: ArgumentTypes,
  answer: RecordWrite['answer'],
  operation: WriteOperation<Arguments>,
): FieldConfig => {
  const type = build.getOutputTypeByName(object.typeName)
  return {
    type: answer === 'many' ? new GraphQLList(type) : type,
    args,
    extensions: meaning({ kind: 'write', object, operation, answer }),
  }
}

/** A single record is coerced to a list of one (GraphQL specification §3.11). */
const recordsOf = ({ data }: Arguments): readonly unknown[] => (Array.isArray(data) ? data : [data])

const isUpsert = ({ upsert }: Arguments): boolean => upsert === true

// The functions that run writes are made apart from the types of their fields: a closure beside these would
// retain the whole build.

const createOneOperation = (object: ObjectModel): WriteOperation<Arguments> => ({
  compile: (e, given, { author, model }) =>
    (isUpsert(given) ? compileUpsertOne : compileInsertOne)(
      e,
      model,
      objectIn(model, object),
      given.data,
      author,
    ),
  isRepeatable: isUpsert,
})

const createManyOperation = (object: ObjectModel): WriteOperation<Arguments> => ({
  compile: (e, given, { author, model, maxBatchRecords }, way) =>
    compileCreateMany(
      e,
      model,
      objectIn(model, object),
      checkBatch(recordsOf(given), maxBatchRecords),
      author,
      { isUpsert: isUpsert(given), way },
    ),
  order: [ordinalColumn(object)],
  mayGoInTurn: (given) => mayGoInTurn(recordsOf(given)),
  isRepeatable: isUpsert,
  split: (given, { maxBatchRecords }) =>
    given.onError === 'CONTINUE'
      ? checkBatch(recordsOf(given), maxBatchRecords).map((data) => ({ ...given, data: [data] }))
      : null,
})

const createFields = (build: Build, object: ObjectModel): readonly ListedField[] => {
  const recordType = () => new GraphQLNonNull(build.getInputTypeByName(`${object.typeName}CreateInput`))
  const upsert = { type: GraphQLBoolean }
  const manyArgs = () => ({
    data: { type: new GraphQLNonNull(new GraphQLList(recordType())) },
    upsert,
    // CONTINUE: a failed record is null, with an error, and the others are written.
    onError: { type: build.getInputTypeByName('OnError') },
  })
  return [
    [
      `create${object.typeName}`,
      () =>
        writeField(
          build,
          object,
          { data: { type: recordType() }, upsert },
          'one',
          createOneOperation(object),
        ),
    ],
    [
      `create${object.pluralTypeName}`,
      () => writeField(build, object, manyArgs(), 'many', createManyOperation(object)),
    ],
  ]
}

interface Change {
  readonly bulk: Bulk
  readonly isOffered: boolean
  readonly compile: (e: Params, given: Arguments, context: WriteContext, where: Where) => Written
}

/** Operations on existing records, with the rights they require. */
const changesOf = (object: ObjectModel): readonly Change[] => {
  const hasTrash = object.softDelete !== null
  const changes: readonly Change[] = [
    {
      bulk: 'update',
      isOffered: object.updatable,
      compile: (e, given, { author, model }, where) =>
        compileUpdate(e, model, objectIn(model, object), given.data, author, where),
    },
    {
      bulk: 'delete',
      isOffered: hasTrash ? object.updatable : object.deletable,
      compile: (e, _given, { model }, where) =>
        hasTrash
          ? compileSoftDelete(e, objectIn(model, object), where)
          : compileDestroy(objectIn(model, object), where),
    },
    {
      bulk: 'destroy',
      isOffered: object.deletable,
      compile: (_e, _given, { model }, where) => compileDestroy(objectIn(model, object), where),
    },
    {
      bulk: 'restore',
      isOffered: hasTrash && object.updatable,
      compile: (e, _given, { model }, where) => compileRestore(e, objectIn(model, object), where),
    },
  ]
  return changes.filter(({ isOffered }) => isOffered)
}

/** Arguments of a change, except the ones that select its records. */
const changeArguments = (build: Build, object: ObjectModel, { bulk }: Change): ArgumentTypes =>
  bulk === 'update'
    ? { data: { type: new GraphQLNonNull(build.getInputTypeByName(`${object.typeName}UpdateInput`)) } }
    : {}

const TRASHED = { update: 'live', delete: 'live', destroy: 'any', restore: 'trashed' } as const

const keyedOperation = (
  object: ObjectModel,
  { bulk, compile }: Change,
  keys: readonly KeyArgument[],
): WriteOperation<Arguments> => {
  const keyOf = keyOfArguments(keys)
  return {
    compile: (e, given, context) =>
      compile(e, given, context, (alias) =>
        compileKey(e, objectIn(context.model, object), alias, keyOf(given), TRASHED[bulk]),
      ),
  }
}

export const keyArgumentTypes = (
  build: Build,
  { vocabulary }: Compilation,
  object: ObjectModel,
  keys: readonly KeyArgument[],
): ArgumentTypes =>
  Object.fromEntries(
    keys.map(({ name, field }) => {
      const named = build.getInputTypeByName(vocabulary.scalar(object, field).output)
      return [name, { type: new GraphQLNonNull(named) }]
    }),
  )

export const keyOfArguments =
  (keys: readonly KeyArgument[]): KeyOf =>
  (given) =>
    new Map(keys.map(({ name, field }) => [field.column.name, given[name]]))

/** Fields that identify their record by its key; a missing record is an error. */
const keyedFields = (build: Build, compilation: Compilation, object: ObjectModel): readonly ListedField[] => {
  const keys = keyArguments(object)
  if (keys.length === 0) return []
  return changesOf(object).map((change) => [
    `${change.bulk}${object.typeName}`,
    () =>
      writeField(
        build,
        object,
        {
          ...keyArgumentTypes(build, compilation, object, keys),
          ...changeArguments(build, object, change),
        },
        'existing',
        keyedOperation(object, change, keys),
      ),
  ])
}

const filteredOperation = (object: ObjectModel, { bulk, compile }: Change): WriteOperation<Arguments> => ({
  compile: (e, given, context) =>
    compile(
      e,
      given,
      context,
      bulkWhere(e, context.model, objectIn(context.model, object), bulk, given.filter, {
        maxRecords: context.maxBatchRecords,
      }),
    ),
  order: object.key,
})

/** Fields that select their records by a filter, which must not be empty. */
const filteredFields = (build: Build, object: ObjectModel): readonly ListedField[] => {
  const filter = () => ({
    type: new GraphQLNonNull(build.getInputTypeByName(`${object.typeName}FilterInput`)),
  })
  return changesOf(object).map((change) => [
    `${change.bulk}${object.pluralTypeName}`,
    () =>
      writeField(
        build,
        object,
        { ...changeArguments(build, object, change), filter: filter() },
        'many',
        filteredOperation(object, change),
      ),
  ])
}

export const createMutationFields =
  (compilation: Compilation): RootFields =>
  (build, root) =>
    root !== 'mutation'
      ? []
      : compilation.vocabulary.objects.flatMap((object) => [
          ...(object.insertable ? createFields(build, object) : []),
          ...keyedFields(build, compilation, object),
          ...filteredFields(build, object),
        ])
