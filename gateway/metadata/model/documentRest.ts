// `/rest/metadata/model`: exports the model as a document (GET), compares it with one (POST …/diff), applies
// one (POST …/apply?dry_run=true&allow_destructive=true). Answers have no envelope in both formats of
// /rest/metadata.

import type { RequestContext } from '../../entry/requestContext.ts'
import { Problem } from '../../error/problem.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Context, Handler, RouteRow } from '../../http/context.ts'
import { parseQuery } from '../../http/query.ts'
import { METADATA_ROOT } from '../paths.ts'
import type { ModelDocuments } from './documents.ts'
import { answering, type Work } from './restAnswer.ts'

const ROOT = `${METADATA_ROOT}/model`

export const createDocumentRest = (
  documents: ModelDocuments,
  readJson: ReadJson,
): readonly RouteRow<Handler<RequestContext<unknown>>>[] => {
  const read: Work = (_ctx, requestContext) => documents.read(requestContext)
  const diff: Work = async (ctx, requestContext) => documents.diff(requestContext, await readJson(ctx.req))
  const apply: Work = async (ctx, requestContext) => {
    const query = parseQuery(ctx.state.target.search)
    const isSet = (name: string) => query.get(name)?.[0] === 'true'
    const options = {
      isDryRun: isSet('dry_run'),
      mayDestroy: isSet('allow_destructive'),
      mayRewrite: isSet('allow_rewrite'),
    }
    const { diff: found, dryRun } = await documents.apply(requestContext, await readJson(ctx.req), options)
    return { ...found, ...(dryRun === null ? {} : { dryRun }) }
  }
  const otherwise = async ({ state: { target } }: Context): Promise<never> => {
    throw new Problem('NOT_FOUND', `There is nothing at ${target.path.slice(0, 100)}.`, {
      hint: `There are ${ROOT}, ${ROOT}/diff and ${ROOT}/apply.`,
    })
  }
  return [
    { pattern: ROOT, methods: { GET: answering(ROOT, read) } },
    { pattern: `${ROOT}/diff`, methods: { POST: answering(`${ROOT}/diff`, diff) } },
    { pattern: `${ROOT}/apply`, methods: { POST: answering(`${ROOT}/apply`, apply) } },
    { pattern: `${ROOT}/{...}`, methods: {}, otherwise },
  ]
}
