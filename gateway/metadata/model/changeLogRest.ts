// `/rest/metadata/changeLog`: whether the changes of each object are logged and kept (GET), and
// `/rest/metadata/changeLog/{object}`, of one object by its id or name (GET, PATCH). Answers have no envelope
// in both formats of /rest/metadata.

import { isRecord } from '../../../tenants/model/json.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { badInput } from '../../error/problem.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Context, Handler, RouteRow } from '../../http/context.ts'
import { checkParameters } from '../../http/listQuery.ts'
import { decodePercent, parseQuery } from '../../http/query.ts'
import { METADATA_ROOT } from '../paths.ts'
import type { ChangeLogs, NamedChangeLog } from './changeLog.ts'
import { answering, type Work } from './restAnswer.ts'

const ROOT = `${METADATA_ROOT}/changeLog`
const ONE = `${ROOT}/{object}`
const SETTINGS = ['capture', 'history']

/** Throws Problem BAD_USER_INPUT. */
const settingOf = (body: Readonly<Record<string, unknown>>, name: string): boolean | null | undefined => {
  const value = body[name]
  if (value === undefined || value === null || typeof value === 'boolean') return value
  throw badInput(`"${name}" must be true, false or null`, 'INVALID_ARGS_DATA')
}

/** As over GraphQL: the name of the table stays inside. */
const shown = ({ table: _, ...log }: NamedChangeLog) => log

const objectOf = ({ state }: Context): string => decodePercent(state.target.params.object ?? '')

export const createChangeLogRest = (
  logs: ChangeLogs,
  readJson: ReadJson,
): readonly RouteRow<Handler<RequestContext<unknown>>>[] => {
  const list: Work = async ({ state }, requestContext) => {
    checkParameters(parseQuery(state.target.search), [])
    return (await logs.list(requestContext)).map(shown)
  }
  const find: Work = async (ctx, requestContext) => shown(await logs.find(requestContext, objectOf(ctx)))
  const update: Work = async (ctx, requestContext) => {
    const body = await readJson(ctx.req)
    if (!isRecord(body)) throw badInput('The body must be a JSON object', 'INVALID_ARGS_DATA')
    const unknown = Object.keys(body).find((name) => !SETTINGS.includes(name))
    if (unknown !== undefined)
      throw badInput(
        `"${unknown.slice(0, 100)}" is not one of the settings: ${SETTINGS.join(', ')}`,
        'INVALID_ARGS_DATA',
      )
    const settings = { capture: settingOf(body, 'capture'), history: settingOf(body, 'history') }
    return shown(await logs.update(requestContext, objectOf(ctx), settings))
  }
  return [
    { pattern: ROOT, methods: { GET: answering(ROOT, list) } },
    { pattern: ONE, methods: { GET: answering(ONE, find), PATCH: answering(ONE, update) } },
  ]
}
