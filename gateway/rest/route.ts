// Everything under `/rest`: parse → plan → compile → run → answer, one stage after the other, each of which may refuse. In: an
// admitted request; out: status and body. Only the running stage touches the database, and it does so once.

import type { Lanes, Rows } from '../../sql/pipeline/pool.ts'
import type { Model } from '../../tenants/model/model.ts'
import type { Opened } from '../entry/requestContext.ts'
import { problemOf } from '../error/problem.ts'
import type { ReadJson } from '../http/body.ts'
import type { Context } from '../http/context.ts'
import { splitTarget } from '../http/target.ts'
import { errorNamesOf } from '../records/model/errorNames.ts'
import { checkObject } from '../records/model/permission.ts'
import { roleModel } from '../records/model/roleModel.ts'
import { namingConflicts } from '../records/write/conflict.ts'
import {
  answerShape,
  createKeyedWrites,
  idempotencyKeyOf,
  type KeyedWrites,
} from '../records/write/idempotency.ts'
import { createWriteRunner } from '../records/write/run.ts'
import type { Answer, Call } from './call.ts'
import { checkFields } from './fields.ts'
import { parseRequest } from './parse.ts'
import { checkWritable, findObject, takesOf } from './plan.ts'
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
/** What is not idempotent by itself. */
const KEYED_METHODS = new Set(['POST', 'PATCH', 'PUT'])

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

  /** Writes under the request's Idempotency-Key; null where it has none. */
  const keyedWrites = (
    ctx: Context,
    { session, caller }: Opened<unknown>,
    model: Model,
    body: () => unknown,
  ): KeyedWrites | null => {
    if (!KEYED_METHODS.has(ctx.method)) return null
    const key = idempotencyKeyOf(ctx.req.headers['idempotency-key'])
    if (key === null) return null
    const asked = (): unknown => [ctx.method, ctx.req.url, body()]
    return createKeyedWrites(lanes, session, { key, asked, shape: answerShape(model, caller) })
  }

  const callOf = (
    ctx: Context,
    opened: Opened<unknown>,
    model: Model,
    request: RestRequest,
  ): { readonly call: Call; readonly keyed: KeyedWrites | null } => {
    let body: unknown
    const keyed = keyedWrites(ctx, opened, model, () => body)
    const runner = keyed?.run ?? createWriteRunner(lanes, opened.session)
    const write = namingConflicts(runner, lanes, opened.session, model)
    const call: Call = {
      opened,
      model,
      object: findObject(model, request.plural),
      readBody: async () => {
        body = await readJson(ctx.req)
        return body
      },
      read: (statement) => run(opened, () => lanes.run(opened.session, statement, { retryable: true })),
      write: async (statement, isRepeatable) => {
        const rows = await run(opened, () => write(statement, isRepeatable))
        ctx.state.hasWritten = true
        return rows
      },
      isMinimal: isMinimalPreferred(ctx.req.headers.prefer),
    }
    return { call, keyed }
  }

  return async (ctx: Context, opened: Opened<unknown>): Promise<void> => {
    const [path, search] = splitTarget(ctx.req.url ?? '')
    const below = path.slice(ROOT.length)
    const model = roleModel(opened.workspace.shape.model, opened.permissions)
    const request = parseRequest(ctx.method, below, search, takesOf(model))
    const { call, keyed } = callOf(ctx, opened, model, request)
    ctx.state.route = `${ROOT}/${routePattern(below).replace('{plural}', call.object.namePlural)}`
    checkWritable(call.model, request, ctx.method, below)
    checkObject('read', call.object)
    checkFields(call.object, request.shown.fields)
    const { status, body } = await answerTo(call, request)
    ctx.status = status
    if (keyed?.isReplayed()) ctx.set('idempotent-replayed', 'true')
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
