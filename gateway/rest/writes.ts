// Answers to requests that write. In: a call and what it asks for; out: status and body. A caller that prefers no bodies gets
// none: 201 for what was created, 204 for the rest.

import { problemOf, toRestBody } from '../error/problem.ts'
import { checkBatch } from '../records/write/batch.ts'
import { recordsAnswer } from './answer.ts'
import { type Answer, type Call, recordAnswer, theRow } from './call.ts'
import {
  type CompiledWrite,
  compileCreateMany,
  compileCreateOne,
  compileDeleteMany,
  compileDeleteOne,
  compileMergeMany,
  compileRestoreMany,
  compileRestoreOne,
  compileUpdateMany,
  compileUpdateOne,
  type WriteScope,
} from './compileWrite.ts'
import { parseKey } from './plan.ts'
import type { RestRequestOf, Shown } from './request.ts'

const scopeOf = ({ model, object, opened, isMinimal }: Call, shown: Shown): WriteScope => ({
  model,
  object,
  author: opened.author,
  maxRecords: opened.maxBatchRecords,
  shown,
  isMinimal,
})

const CREATED = 201

const withoutBody = (status: number): Answer => ({ status: status === CREATED ? CREATED : 204, body: null })

const answerOne = async (
  call: Call,
  verb: string,
  statement: CompiledWrite,
  { status = 200, isUpsert = false } = {},
): Promise<Answer> => {
  const rows = await call.write(statement, isUpsert)
  if (!call.isMinimal)
    return { status, body: recordAnswer(`${verb}${call.object.typeName}`, statement, rows) }
  theRow(rows)
  return withoutBody(status)
}

const answerMany = async (
  call: Call,
  verb: string,
  statement: CompiledWrite,
  { status = 200, isUpsert = false } = {},
): Promise<Answer> => {
  const rows = await call.write(statement, isUpsert)
  return call.isMinimal
    ? withoutBody(status)
    : { status, body: recordsAnswer(`${verb}${call.object.pluralTypeName}`, statement, rows) }
}

export const createOne = async (
  call: Call,
  { shown, isUpsert }: RestRequestOf<'createOne'>,
): Promise<Answer> => {
  const statement = compileCreateOne(scopeOf(call, shown), await call.readBody(), isUpsert)
  return answerOne(call, 'create', statement, { status: CREATED, isUpsert })
}

/** What became of one record of a batch that goes on: its JSON, or why it was not written. */
interface Outcome {
  readonly record: string
  readonly result: Readonly<Record<string, unknown>>
  readonly isWritten: boolean
}

const createOneOf = async (
  call: Call,
  scope: WriteScope,
  index: number,
  data: unknown,
  isUpsert: boolean,
): Promise<Outcome> => {
  try {
    const statement = compileCreateOne(scope, data, isUpsert)
    const row = theRow(await call.write(statement, isUpsert))
    return { record: statement.record.write(row, 0), result: { index, statusCode: CREATED }, isWritten: true }
  } catch (error) {
    const problem = problemOf(error)
    // What is wrong with us is wrong with the records to come, too.
    if (problem.status >= 500) throw problem
    return { record: 'null', result: { index, ...toRestBody(problem) }, isWritten: false }
  }
}

/** One statement per record, one after the other: of records that mean the same one the last wins here too. */
const createGoingOn = async (
  call: Call,
  scope: WriteScope,
  records: readonly unknown[],
  isUpsert: boolean,
): Promise<Answer> => {
  const outcomes: Outcome[] = []
  for (const [index, data] of records.entries())
    outcomes.push(await createOneOf(call, scope, index, data, isUpsert))
  const isWhole = outcomes.every(({ isWritten }) => isWritten)
  const data = call.isMinimal
    ? ''
    : `"data":{"create${call.object.pluralTypeName}":[${outcomes.map(({ record }) => record).join(',')}]},`
  return {
    status: isWhole ? CREATED : 207,
    body: `{${data}"results":${JSON.stringify(outcomes.map(({ result }) => result))}}`,
  }
}

export const createMany = async (
  call: Call,
  { shown, isUpsert, goesOn }: RestRequestOf<'createMany'>,
): Promise<Answer> => {
  const scope = scopeOf(call, shown)
  const records = checkBatch(await call.readBody(), scope.maxRecords)
  if (goesOn) return createGoingOn(call, scope, records, isUpsert)
  const statement = compileCreateMany(scope, records, isUpsert)
  return answerMany(call, 'create', statement, { status: CREATED, isUpsert })
}

export const updateOne = async (call: Call, { shown, key }: RestRequestOf<'updateOne'>): Promise<Answer> => {
  const data = await call.readBody()
  const statement = compileUpdateOne(scopeOf(call, shown), parseKey(call.object, key), data)
  return answerOne(call, 'update', statement)
}

export const updateMany = async (
  call: Call,
  { shown, filter }: RestRequestOf<'updateMany'>,
): Promise<Answer> =>
  answerMany(call, 'update', compileUpdateMany(scopeOf(call, shown), filter, await call.readBody()))

export const deleteOne = async (
  call: Call,
  { shown, key, isSoft }: RestRequestOf<'deleteOne'>,
): Promise<Answer> =>
  answerOne(call, 'delete', compileDeleteOne(scopeOf(call, shown), parseKey(call.object, key), isSoft))

export const deleteMany = async (
  call: Call,
  { shown, filter, isSoft }: RestRequestOf<'deleteMany'>,
): Promise<Answer> => answerMany(call, 'delete', compileDeleteMany(scopeOf(call, shown), filter, isSoft))

export const restoreOne = async (call: Call, { shown, key }: RestRequestOf<'restoreOne'>): Promise<Answer> =>
  answerOne(call, 'restore', compileRestoreOne(scopeOf(call, shown), parseKey(call.object, key)))

export const restoreMany = async (
  call: Call,
  { shown, filter }: RestRequestOf<'restoreMany'>,
): Promise<Answer> => answerMany(call, 'restore', compileRestoreMany(scopeOf(call, shown), filter))

export const merge = async (call: Call, { shown }: RestRequestOf<'merge'>): Promise<Answer> =>
  answerOne(call, 'merge', compileMergeMany(scopeOf(call, shown), await call.readBody()))
