// `/rest/metadata/model`: the model as a document (GET), what differs from one (POST …/diff), applying one (POST …/apply?dry_run=true
// &allow_destructive=true). In: an admitted request; out: status and body, plain in both formats of /rest/metadata.

import type { Opened } from '../../entry/requestContext.ts'
import { methodNotAllowed, Problem } from '../../error/problem.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Context } from '../../http/context.ts'
import { splitTarget } from '../../http/target.ts'
import { parseQuery } from '../../rest/query.ts'
import type { Documents } from './documents.ts'
import { metadataProblemOf } from './fault.ts'
import { METADATA_ROOT } from './restRequest.ts'

const ROOT = `${METADATA_ROOT}/model`

export const isModelDocumentPath = (ctx: Context): boolean => {
  const [path] = splitTarget(ctx.req.url ?? '')
  return path === ROOT || path.startsWith(`${ROOT}/`)
}

const READ = ['GET', 'HEAD', 'OPTIONS']
const SEND = ['POST', 'OPTIONS']

export const createDocumentRest = (documents: Documents, readJson: ReadJson) => {
  const answer = async (ctx: Context, opened: Opened<unknown>): Promise<unknown> => {
    const [path, search] = splitTarget(ctx.req.url ?? '')
    const rest = path.slice(ROOT.length)
    const allow = (methods: readonly string[]): void => {
      if (!methods.includes(ctx.method)) throw methodNotAllowed(ctx.method, methods)
    }
    ctx.state.route = ROOT + (rest === '/diff' || rest === '/apply' ? rest : '')
    switch (rest) {
      case '':
      case '/':
        allow(READ)
        return documents.read(opened)
      case '/diff':
        allow(SEND)
        return documents.diff(opened, await readJson(ctx.req))
      case '/apply': {
        allow(SEND)
        const query = parseQuery(search)
        const isSet = (name: string) => query.get(name)?.[0] === 'true'
        const how = { isDryRun: isSet('dry_run'), mayDestroy: isSet('allow_destructive') }
        const { diff, dryRun } = await documents.apply(opened, await readJson(ctx.req), how)
        return { ...diff, ...(dryRun === null ? {} : { dryRun }) }
      }
      default:
        throw new Problem('NOT_FOUND', `There is nothing at ${path.slice(0, 100)}.`, {
          hint: `There are ${ROOT}, ${ROOT}/diff and ${ROOT}/apply.`,
        })
    }
  }

  return async (ctx: Context, opened: Opened<unknown>): Promise<void> => {
    const body = await answer(ctx, opened).catch((error: unknown) => {
      throw metadataProblemOf(error)
    })
    ctx.status = 200
    ctx.type = 'application/json'
    ctx.body = JSON.stringify(body)
  }
}
