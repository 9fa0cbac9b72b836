// Answers to requests that read. In: a call and what it asks for; out: status and body.

import { pageAnswer } from './answer.ts'
import { type Answer, type Call, recordAnswer } from './call.ts'
import { compileFindMany, compileFindOne } from './compile.ts'
import { compileDuplicates, duplicatesAnswer } from './duplicates.ts'
import { compileGroupPage, groupsAnswer } from './groups.ts'
import { parseKey } from './plan.ts'
import type { RestRequestOf } from './request.ts'

export const findMany = async (
  { model, object, read }: Call,
  request: RestRequestOf<'findMany'>,
): Promise<Answer> => {
  const page = compileFindMany(model, object, request)
  return { status: 200, body: pageAnswer(object, page, request.page, await read(page)) }
}

export const findOne = async (
  { model, object, read }: Call,
  { key, shown }: RestRequestOf<'findOne'>,
): Promise<Answer> => {
  const statement = compileFindOne(model, object, parseKey(object, key), shown)
  return { status: 200, body: recordAnswer(object.nameSingular, statement, await read(statement)) }
}

/** The contract's answer is the bare array. */
export const groupBy = async (
  { model, object, read }: Call,
  { groups, shown }: RestRequestOf<'groupBy'>,
): Promise<Answer> => {
  const page = compileGroupPage(model, object, groups, shown)
  return { status: 200, body: groupsAnswer(page, await read(page)) }
}

export const duplicates = async (
  { model, object, opened, read, readBody }: Call,
  { shown }: RestRequestOf<'duplicates'>,
): Promise<Answer> => {
  const found = compileDuplicates(model, object, await readBody(), opened.maxBatchRecords, shown)
  return { status: 200, body: duplicatesAnswer(object, found, await read(found)) }
}
