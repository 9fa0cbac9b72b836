// Answers to requests that read. In: a call and what it asks for; out: status and body.

import { pageAnswer } from './answer.ts'
import { type Answer, type Call, recordAnswer } from './call.ts'
import { compileFindMany, compileFindOne } from './compile.ts'
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
  { key, depth }: RestRequestOf<'findOne'>,
): Promise<Answer> => {
  const statement = compileFindOne(model, object, parseKey(object, key), depth)
  return { status: 200, body: recordAnswer(object.nameSingular, statement, await read(statement)) }
}
