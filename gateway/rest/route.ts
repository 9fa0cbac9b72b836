// Everything under `/rest`: parse → plan → compile → run → answer, one stage after the other, each of which may refuse. In: an
// admitted request; out: status and body. Only the running stage touches the database, and it does so once.

import type { Lanes, Rows } from '../../sql/lanes.ts'
import type { ReadJson } from '../body.ts'
import type { Context } from '../context.ts'
import type { Opened } from '../opened.ts'
import { problemOf } from '../problem.ts'
import { attempt } from '../query/attempt.ts'
import { errorNamesOf } from '../query/errorNames.ts'
import type { Answer, Call } from './call.ts'
import type { CompiledStatement } from './compile.ts'
import { checkFields } from './fields.ts'
import { parseRequest } from './parse.ts'
import { checkWritable, findObject } from './plan.ts'
import { isMinimalPreferred } from './prefer.ts'
import { duplicates, findMany, findOne, groupBy } from './reads.ts'
import type { RestRequest } from './request.ts'
import { routePattern } from './routes.ts'
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

export interface RestOptions {
  readonly lanes: Lanes
  readonly readJson: ReadJson
}

const ROOT = '/rest'

/** The path of the request target as it was sent, and its query string. */
const splitTarget = (target: string): readonly [path: string, search: string] => {
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}

const answerTo = (call: Call, request: RestRequest): Promise<Answer> => {
  switch (request.kind) {
    case 'findMany':
      return findMany(call, request)
    case 'findOne':
      return findOne(call, request)
    case 'groupBy':
      return groupBy(call, request)
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

/** Answers everything under `/rest/` for callers that were let in. */
export const createRest = ({ lanes, readJson }: RestOptions) => {
  const run = async (opened: Opened<unknown>, work: () => Promise<Rows>): Promise<Rows> => {
    try {
      return await work()
    } catch (error) {
      throw problemOf(error, errorNamesOf(opened.workspace.shape.model))
    }
  }

  const callOf = (ctx: Context, opened: Opened<unknown>, request: RestRequest): Call => {
    const { model } = opened.workspace.shape
    const once = (statement: CompiledStatement, retryable: boolean) =>
      lanes.run(opened.session, statement, { retryable })
    return {
      opened,
      model,
      object: findObject(model, request.plural),
      readBody: () => readJson(ctx.req),
      read: (statement) => run(opened, () => once(statement, true)),
      write: (statement, { isUpsert } = { isUpsert: false }) =>
        run(opened, () => (isUpsert ? attempt(() => once(statement, false)) : once(statement, false))),
      isMinimal: isMinimalPreferred(ctx.req.headers.prefer),
    }
  }

  return async (ctx: Context, opened: Opened<unknown>): Promise<void> => {
    const [path, search] = splitTarget(ctx.req.url ?? '')
    const below = path.slice(ROOT.length)
    const request = parseRequest(ctx.method, below, search)
    const call = callOf(ctx, opened, request)
    ctx.state.route = `${ROOT}/${routePattern(below).replace('{plural}', call.object.namePlural)}`
    checkWritable(call.object, request.kind, ctx.method)
    checkFields(call.object, request.shown.fields)
    const { status, body } = await answerTo(call, request)
    ctx.status = status
    if (call.isMinimal && (body === null || status === 201)) ctx.set('preference-applied', 'return=minimal')
    if (body === null) {
      ctx.body = null
      ctx.status = status
    } else {
      ctx.type = 'application/json'
      ctx.body = body
    }
  }
}
