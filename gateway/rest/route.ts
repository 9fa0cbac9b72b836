// `/rest/{plural}[/{key}]`: parse → plan → compile → run → answer, one stage after the other, each of which may refuse. In: an
// admitted request; out: status and body. Only the running stage touches the database, and it does so once.

import type { Lanes, Rows } from '../../sql/lanes.ts'
import type { ReadJson } from '../body.ts'
import type { Context } from '../context.ts'
import type { Opened } from '../opened.ts'
import { Problem, problemOf } from '../problem.ts'
import { errorNamesOf } from '../query/errorNames.ts'
import { pageAnswer, recordAnswer, recordsAnswer } from './answer.ts'
import {
  type CompiledRecords,
  type CompiledStatement,
  compileCreate,
  compileDeleteOne,
  compileFindMany,
  compileFindOne,
  compileUpdateOne,
} from './compile.ts'
import { checkBatch, checkWritable, findObject, parseKey } from './plan.ts'
import { parseRequest, type RestRequest } from './request.ts'
import { compileSpecial, parseSpecial, type SpecialRequest } from './special.ts'

export interface RestOptions {
  readonly lanes: Lanes
  readonly readJson: ReadJson
}

interface Answer {
  readonly status: number
  readonly body: string
}

const ROOT = '/rest'

const notFound = (): Problem => new Problem('NOT_FOUND', 'Record not found', { subCode: 'RECORD_NOT_FOUND' })

/** The path of the request target as it was sent, and its query string. */
const splitTarget = (target: string): readonly [path: string, search: string] => {
  const at = target.indexOf('?')
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A client that sends a record back whole repeats the id of the path; it says nothing new. */
const withoutOwnId = (data: unknown, key: string): unknown => {
  if (!isRecord(data) || typeof data.id !== 'string' || data.id.toLowerCase() !== key.toLowerCase())
    return data
  const { id: _, ...rest } = data
  return rest
}

/** Answers everything under `/rest/` for callers that were let in. */
export const createRest = ({ lanes, readJson }: RestOptions) => {
  const run = async (
    opened: Opened<unknown>,
    statement: CompiledStatement,
    isRead: boolean,
  ): Promise<Rows> => {
    try {
      return await lanes.run(opened.session, statement, { retryable: isRead })
    } catch (error) {
      throw problemOf(error, errorNamesOf(opened.workspace.shape.model))
    }
  }

  const runForRecord = async (
    opened: Opened<unknown>,
    name: string,
    statement: CompiledRecords,
    isRead: boolean,
  ): Promise<string> => {
    const body = recordAnswer(name, statement, await run(opened, statement, isRead))
    if (body === null) throw notFound()
    return body
  }

  const answerSpecial = async (
    ctx: Context,
    opened: Opened<unknown>,
    request: SpecialRequest,
  ): Promise<Answer> => {
    const { model } = opened.workspace.shape
    const object = findObject(model, request.plural)
    ctx.state.route = `${ROOT}/${object.namePlural}/${request.kind}`
    const body = request.kind === 'groupBy' ? undefined : await readJson(ctx.req)
    const statement = compileSpecial(model, object, request, body)
    return { status: 200, body: statement.answer(await run(opened, statement, statement.isRead)) }
  }

  const answer = async (ctx: Context, opened: Opened<unknown>, request: RestRequest): Promise<Answer> => {
    const { model } = opened.workspace.shape
    const object = findObject(model, request.plural)
    ctx.state.route = `${ROOT}/${request.kind === 'createMany' ? 'batch/' : ''}${object.namePlural}${'key' in request ? '/{id}' : ''}`
    checkWritable(object, request.kind, ctx.method)
    const { depth } = request
    switch (request.kind) {
      case 'findMany': {
        const page = compileFindMany(model, object, request)
        return { status: 200, body: pageAnswer(object, page, request.page, await run(opened, page, true)) }
      }
      case 'findOne': {
        const statement = compileFindOne(model, object, parseKey(object, request.key), depth)
        return { status: 200, body: await runForRecord(opened, object.nameSingular, statement, true) }
      }
      case 'createOne': {
        const statement = compileCreate(model, object, [await readJson(ctx.req)], opened.author, depth)
        return { status: 201, body: await runForRecord(opened, `create${object.typeName}`, statement, false) }
      }
      case 'createMany': {
        const records = checkBatch(await readJson(ctx.req), opened.maxBatchRecords)
        const statement = compileCreate(model, object, records, opened.author, depth)
        const rows = await run(opened, statement, false)
        return { status: 201, body: recordsAnswer(`create${object.pluralTypeName}`, statement, rows) }
      }
      case 'updateOne': {
        const key = parseKey(object, request.key)
        const data = withoutOwnId(await readJson(ctx.req), request.key)
        const statement = compileUpdateOne(model, object, key, data, opened.author, depth)
        return { status: 200, body: await runForRecord(opened, `update${object.typeName}`, statement, false) }
      }
      case 'deleteOne': {
        const statement = compileDeleteOne(model, object, parseKey(object, request.key), request.isSoft)
        return { status: 200, body: await runForRecord(opened, `delete${object.typeName}`, statement, false) }
      }
    }
  }

  return async (ctx: Context, opened: Opened<unknown>): Promise<void> => {
    const [path, search] = splitTarget(ctx.req.url ?? '')
    const inner = path.slice(ROOT.length)
    const special = parseSpecial(ctx.method, inner, search)
    const { status, body } =
      special === null
        ? await answer(ctx, opened, parseRequest(ctx.method, inner, search))
        : await answerSpecial(ctx, opened, special)
    ctx.status = status
    ctx.type = 'application/json'
    ctx.body = body
  }
}
