// Answers to write requests: status and body. For a caller that prefers no bodies: 201 for created records,
// 204 for the rest.

import type { RecordSelection } from '../records/selection.ts'
import { answerWrite, planAnswer } from '../records/write/answered.ts'
import type { WriteContext, WriteOperation } from '../records/write/writeOperation.ts'
import { type RestAnswer, type RestCall, recordAnswer, recordsAnswer, theOne } from './call.ts'
import type { Shown } from './restRequest.ts'
import { keySelection, shownSelection } from './selection.ts'

/** The input of a write is the request itself. */
export type RestWrite = WriteOperation<void>

export const CREATED = 201

export const withoutBody = (status: number): RestAnswer => ({
  status: status === CREATED ? CREATED : 204,
  body: null,
})

/** @param shown null for the key alone */
const selectionOf = ({ model, object, isMinimal }: RestCall, shown: Shown | null): RecordSelection =>
  isMinimal || shown === null ? keySelection(object) : shownSelection(model, object, shown)

const contextOf = ({ model, requestContext }: RestCall): WriteContext => ({
  model,
  author: requestContext.author,
  maxBatchRecords: requestContext.maxBatchRecords,
})

/**
 * @param shape makes the answer of the JSON of the records written, in order
 * @param item the place of the record in a list whose records are written one by one
 */
export const written = <Answer>(
  call: RestCall,
  shown: Shown | null,
  operation: RestWrite,
  shape: (records: readonly string[]) => Answer,
  item = 0,
): Promise<Answer> => {
  const context = contextOf(call)
  const plan = planAnswer(selectionOf(call, shown), operation, context)
  return answerWrite({ plan, operation, input: undefined, context, runner: call, item }, shape)
}

interface AnswerOptions {
  readonly verb: string
  readonly shown: Shown | null
  readonly status?: number
}

export const answerOne = (
  call: RestCall,
  { verb, shown, status = 200 }: AnswerOptions,
  operation: RestWrite,
): Promise<RestAnswer> =>
  written(call, shown, operation, (records) => {
    const record = theOne(records)
    return call.isMinimal
      ? withoutBody(status)
      : { status, body: recordAnswer(`${verb}${call.object.typeName}`, record) }
  })

export const answerMany = (
  call: RestCall,
  { verb, shown, status = 200 }: AnswerOptions,
  operation: RestWrite,
): Promise<RestAnswer> =>
  written(call, shown, operation, (records) =>
    call.isMinimal
      ? withoutBody(status)
      : { status, body: recordsAnswer(`${verb}${call.object.pluralTypeName}`, records) },
  )
