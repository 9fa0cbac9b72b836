// Answers to write requests: status and body. For a caller that prefers no bodies: 201 for created records,
// 204 for the rest.

import { isRecord } from '../../tenants/model/json.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { problemOf, toRestBody } from '../error/problem.ts'
import { compileMerge } from '../records/duplicates/merge.ts'
import type { Params } from '../records/params.ts'
import { compileKey } from '../records/read/key.ts'
import type { RecordSelection } from '../records/selection.ts'
import { answerWrite, planAnswer } from '../records/write/answered.ts'
import { checkBatch } from '../records/write/batch.ts'
import { compileCreateMany, mayGoInTurn } from '../records/write/createMany.ts'
import type { WriteContext, WriteHow } from '../records/write/how.ts'
import { compileInsertOne, ordinalColumn } from '../records/write/insert.ts'
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
import { type Answer, type Call, recordAnswer, recordsAnswer, theOne } from './call.ts'
import { parseKey } from './plan.ts'
import type { RestRequestOf, Shown } from './request.ts'
import { keySelection, shownSelection } from './selection.ts'

type Key = ReadonlyMap<string, unknown>
/** The input of a write is the request itself. */
type How = WriteHow<void>

const CREATED = 201

export const withoutBody = (status: number): Answer => ({
  status: status === CREATED ? CREATED : 204,
  body: null,
})

/** @param shown null for the key alone */
const selectionOf = ({ model, object, isMinimal }: Call, shown: Shown | null): RecordSelection =>
  isMinimal || shown === null ? keySelection(object) : shownSelection(model, object, shown)

const contextOf = ({ model, requestContext }: Call): WriteContext => ({
  model,
  author: requestContext.author,
  maxBatchRecords: requestContext.maxBatchRecords,
})

export const written = (call: Call, shown: Shown | null, how: How): Promise<readonly string[]> => {
  const context = contextOf(call)
  const plan = planAnswer(selectionOf(call, shown), how, context)
  return answerWrite(plan, how, undefined, context, call)
}

interface AnswerOptions {
  readonly verb: string
  readonly shown: Shown | null
  readonly status?: number
}

const answerOne = async (
  call: Call,
  { verb, shown, status = 200 }: AnswerOptions,
  how: How,
): Promise<Answer> => {
  const record = theOne(await written(call, shown, how))
  return call.isMinimal
    ? withoutBody(status)
    : { status, body: recordAnswer(`${verb}${call.object.typeName}`, record) }
}

const answerMany = async (
  call: Call,
  { verb, shown, status = 200 }: AnswerOptions,
  how: How,
): Promise<Answer> => {
  const records = await written(call, shown, how)
  return call.isMinimal
    ? withoutBody(status)
    : { status, body: recordsAnswer(`${verb}${call.object.pluralTypeName}`, records) }
}

const createHow = (object: ObjectModel, data: unknown, isUpsert: boolean): How => ({
  compile: (e, _input, { model, author }) =>
    (isUpsert ? compileUpsertOne : compileInsertOne)(e, model, object, data, author),
  isRepeatable: () => isUpsert,
})

export const createOne = async (
  call: Call,
  { shown, isUpsert }: RestRequestOf<'createOne'>,
): Promise<Answer> =>
  answerOne(
    call,
    { verb: 'create', shown, status: CREATED },
    createHow(call.object, await call.readBody(), isUpsert),
  )

/** The outcome of one record in a batch that goes on: its JSON, or its error. */
interface Outcome {
  readonly record: string
  readonly result: Readonly<Record<string, unknown>>
  readonly isWritten: boolean
}

const createOneOf = async (
  call: Call,
  { shown, isUpsert }: RestRequestOf<'createMany'>,
  index: number,
  data: unknown,
): Promise<Outcome> => {
  try {
    const record = theOne(await written(call, shown, createHow(call.object, data, isUpsert)))
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
  call: Call,
  request: RestRequestOf<'createMany'>,
  records: readonly unknown[],
): Promise<Answer> => {
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
export const createMany = async (call: Call, request: RestRequestOf<'createMany'>): Promise<Answer> => {
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

export const updateOne = async (call: Call, { shown, key }: RestRequestOf<'updateOne'>): Promise<Answer> => {
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
  call: Call,
  { shown, filter }: RestRequestOf<'updateMany'>,
): Promise<Answer> => {
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
export const deleteOne = async (call: Call, { key, isSoft }: RestRequestOf<'deleteOne'>): Promise<Answer> => {
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
  call: Call,
  { filter, isSoft }: RestRequestOf<'deleteMany'>,
): Promise<Answer> => {
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
  call: Call,
  { shown, key }: RestRequestOf<'restoreOne'>,
): Promise<Answer> => {
  const { object } = call
  const named = parseKey(object, key)
  return answerOne(
    call,
    { verb: 'restore', shown },
    { compile: (e) => compileRestore(e, object, one(e, object, named, 'trashed')) },
  )
}

export const restoreMany = async (
  call: Call,
  { shown, filter }: RestRequestOf<'restoreMany'>,
): Promise<Answer> => {
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
export const merge = async (call: Call, { shown }: RestRequestOf<'merge'>): Promise<Answer> => {
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
