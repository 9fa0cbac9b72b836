// Write requests: how each is compiled, and its answer.

import { isRecord } from '../../tenants/model/json.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { problemOf, toRestBody } from '../error/problem.ts'
import { compileMerge } from '../records/duplicates/merge.ts'
import type { Params } from '../records/params.ts'
import { compileKey } from '../records/read/key.ts'
import { compileCreateMany, mayGoInTurn } from '../records/write/batch.ts'
import { checkBatch } from '../records/write/batchSize.ts'
import { compileInsertOne } from '../records/write/insert.ts'
import { compileUpsertOne } from '../records/write/upsert.ts'
import {
  type Bulk,
  bulkWhere,
  compileDestroy,
  compileRestore,
  compileSoftDelete,
  compileUpdate,
  type Where,
} from '../records/write/write.ts'
import type { WriteContext } from '../records/write/writeOperation.ts'
import { ordinalColumn } from '../records/writtenTable.ts'
import { type RestAnswer, type RestCall, theOne } from './call.ts'
import { parseKey } from './plan.ts'
import type { RestRequestOf } from './restRequest.ts'
import { answerMany, answerOne, CREATED, type RestWrite, written } from './writeAnswer.ts'

type Key = ReadonlyMap<string, unknown>
const createOperation = (object: ObjectModel, data: unknown, isUpsert: boolean): RestWrite => ({
  compile: (e, _input, { model, author }) =>
    (isUpsert ? compileUpsertOne : compileInsertOne)(e, model, object, data, author),
  isRepeatable: () => isUpsert,
})

export const createOne = async (
  call: RestCall,
  { shown, isUpsert }: RestRequestOf<'createOne'>,
): Promise<RestAnswer> =>
  answerOne(
    call,
    { verb: 'create', shown, status: CREATED },
    createOperation(call.object, await call.readBody(), isUpsert),
  )

/** The outcome of one record in a batch that goes on: its JSON, or its error. */
interface Outcome {
  readonly record: string
  readonly result: Readonly<Record<string, unknown>>
  readonly isWritten: boolean
}

const createOneOf = async (
  call: RestCall,
  { shown, isUpsert }: RestRequestOf<'createMany'>,
  index: number,
  data: unknown,
): Promise<Outcome> => {
  try {
    const record = await written(call, shown, createOperation(call.object, data, isUpsert), theOne, index)
    return { record, result: { index, statusCode: CREATED }, isWritten: true }
  } catch (error) {
    const problem = problemOf(error)
    // An internal error would affect the remaining records too.
    if (problem.status >= 500) throw problem
    return { record: 'null', result: { index, ...toRestBody(problem) }, isWritten: false }
  }
}

/**
 * One statement per record, one after the other: of records that name the same one the last wins here too.
 */
const createGoingOn = async (
  call: RestCall,
  request: RestRequestOf<'createMany'>,
  records: readonly unknown[],
): Promise<RestAnswer> => {
  const outcomes: Outcome[] = []
  for (const [index, data] of records.entries()) outcomes.push(await createOneOf(call, request, index, data))
  const isWhole = outcomes.every(({ isWritten }) => isWritten)
  const data = call.isMinimal
    ? ''
    : `"data":{"create${call.object.pluralTypeName}":[${outcomes.map(({ record }) => record).join(',')}]},`
  return {
    status: isWhole ? CREATED : 207,
    body: `{${data}"results":${JSON.stringify(outcomes.map(({ result }) => result))}}`,
  }
}

/** All or nothing, unless it goes on; the records are in the order of the input. */
export const createMany = async (
  call: RestCall,
  request: RestRequestOf<'createMany'>,
): Promise<RestAnswer> => {
  const { object } = call
  const { shown, isUpsert, goesOn } = request
  const records = checkBatch(await call.readBody(), call.requestContext.maxBatchRecords)
  if (goesOn) return createGoingOn(call, request, records)
  return answerMany(
    call,
    { verb: 'create', shown, status: CREATED },
    {
      compile: (e, _input, { model, author }, way) =>
        compileCreateMany(e, model, object, records, author, { isUpsert, way }),
      order: [ordinalColumn(object)],
      isRepeatable: () => isUpsert,
      mayGoInTurn: () => mayGoInTurn(records),
    },
  )
}

const one =
  (e: Params, object: ObjectModel, key: Key, trashed?: 'any' | 'trashed'): Where =>
  (alias) =>
    compileKey(e, object, alias, key, trashed)

const many = (
  e: Params,
  { model, maxBatchRecords }: WriteContext,
  object: ObjectModel,
  bulk: Bulk,
  filter: unknown,
): Where => bulkWhere(e, model, object, bulk, filter, { maxRecords: maxBatchRecords, isLenient: true })

export const updateOne = async (
  call: RestCall,
  { shown, key }: RestRequestOf<'updateOne'>,
): Promise<RestAnswer> => {
  const { object } = call
  const data = await call.readBody()
  const named = parseKey(object, key)
  return answerOne(
    call,
    { verb: 'update', shown },
    {
      compile: (e, _input, { model, author }) =>
        compileUpdate(e, model, object, data, author, one(e, object, named)),
    },
  )
}

export const updateMany = async (
  call: RestCall,
  { shown, filter }: RestRequestOf<'updateMany'>,
): Promise<RestAnswer> => {
  const { object } = call
  const data = await call.readBody()
  return answerMany(
    call,
    { verb: 'update', shown },
    {
      compile: (e, _input, context) =>
        compileUpdate(
          e,
          context.model,
          object,
          data,
          context.author,
          many(e, context, object, 'update', filter),
        ),
      order: object.key,
    },
  )
}

/** Returns only the record's key. A permanent deletion includes the trash. */
export const deleteOne = async (
  call: RestCall,
  { key, isSoft }: RestRequestOf<'deleteOne'>,
): Promise<RestAnswer> => {
  const { object } = call
  const named = parseKey(object, key)
  return answerOne(
    call,
    { verb: 'delete', shown: null },
    {
      compile: (e) =>
        isSoft
          ? compileSoftDelete(e, object, one(e, object, named))
          : compileDestroy(object, one(e, object, named, 'any')),
    },
  )
}

export const deleteMany = async (
  call: RestCall,
  { filter, isSoft }: RestRequestOf<'deleteMany'>,
): Promise<RestAnswer> => {
  const { object } = call
  return answerMany(
    call,
    { verb: 'delete', shown: null },
    {
      compile: (e, _input, context) =>
        isSoft
          ? compileSoftDelete(e, object, many(e, context, object, 'delete', filter))
          : compileDestroy(object, many(e, context, object, 'destroy', filter)),
      order: object.key,
    },
  )
}

export const restoreOne = async (
  call: RestCall,
  { shown, key }: RestRequestOf<'restoreOne'>,
): Promise<RestAnswer> => {
  const { object } = call
  const named = parseKey(object, key)
  return answerOne(
    call,
    { verb: 'restore', shown },
    { compile: (e) => compileRestore(e, object, one(e, object, named, 'trashed')) },
  )
}

export const restoreMany = async (
  call: RestCall,
  { shown, filter }: RestRequestOf<'restoreMany'>,
): Promise<RestAnswer> => {
  const { object } = call
  return answerMany(
    call,
    { verb: 'restore', shown },
    {
      compile: (e, _input, context) => compileRestore(e, object, many(e, context, object, 'restore', filter)),
      order: object.key,
    },
  )
}

/** Merges several records into one. */
export const merge = async (call: RestCall, { shown }: RestRequestOf<'merge'>): Promise<RestAnswer> => {
  const { object } = call
  const body = await call.readBody()
  const { ids, conflictPriorityIndex, dryRun }: Readonly<Record<string, unknown>> = isRecord(body) ? body : {}
  return answerOne(
    call,
    { verb: 'merge', shown },
    {
      compile: (e, _input, { model, author }) =>
        compileMerge(e, model, object, { ids, conflictPriorityIndex, dryRun }, author),
      touchesOthers: true,
    },
  )
}
