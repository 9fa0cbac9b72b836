// Answers a parsed request, apart from HTTP: checks what the model and the role decide, then runs it in the
// call's session. Reads of a query string alone are prepared instead (preparedReads.ts).

import { checkObject } from '../records/model/permission.ts'
import type { RestAnswer, RestCall } from './call.ts'
import { checkFields } from './fields.ts'
import { eraseHistory, findHistory, undoChange } from './history.ts'
import { checkWritable } from './plan.ts'
import type { ReadKind } from './preparedReads.ts'
import { duplicates } from './reads.ts'
import type { RestRequest } from './restRequest.ts'
import type { RecordRow } from './routes.ts'
import {
  createMany,
  createOne,
  deleteMany,
  deleteOne,
  merge,
  restoreMany,
  restoreOne,
  updateMany,
  updateOne,
} from './writes.ts'

export type OtherRequest = Exclude<RestRequest, { readonly kind: ReadKind }>

const answerOf = (call: RestCall, request: OtherRequest): Promise<RestAnswer> => {
  switch (request.kind) {
    case 'findHistory':
      return findHistory(call, request)
    case 'eraseHistory':
      return eraseHistory(call, request)
    case 'undoChange':
      return undoChange(call, request)
    case 'duplicates':
      return duplicates(call, request)
    case 'merge':
      return merge(call, request)
    case 'createOne':
      return createOne(call, request)
    case 'createMany':
      return createMany(call, request)
    case 'updateOne':
      return updateOne(call, request)
    case 'updateMany':
      return updateMany(call, request)
    case 'deleteOne':
      return deleteOne(call, request)
    case 'deleteMany':
      return deleteMany(call, request)
    case 'restoreOne':
      return restoreOne(call, request)
    case 'restoreMany':
      return restoreMany(call, request)
  }
}

export const answerCall = async (
  call: RestCall,
  request: OtherRequest,
  method: string,
  row: RecordRow,
): Promise<RestAnswer> => {
  checkWritable(call.model, request, method, row)
  checkObject('read', call.object)
  if (request.shown.fields !== null) checkFields(call.object, request.shown.fields)
  return answerOf(call, request)
}
