// Serves the built documentation at /docs, under the policy of the console.

import { fileURLToPath } from 'node:url'
import { Problem } from '../error/problem.ts'
import type { ConsoleFile, ConsoleFiles } from './files.ts'
import { type SendPage, sendFile } from './pages.ts'

/** `npm run docs:site` builds it (docs/buildSite.ts). */
export const SITE_DIRECTORY = fileURLToPath(new URL('../../site/dist', import.meta.url))

const BASE = '/docs'
const NOT_FOUND = '/404.html'

/** Pages have no ending in their addresses. */
const candidatesOf = (path: string): readonly string[] =>
  path === '/' ? ['/index.html'] : [path, `${path}.html`]

const findPage = async (files: ConsoleFiles, path: string): Promise<ConsoleFile | undefined> => {
  for (const candidate of candidatesOf(path)) {
    const file = await files.find(candidate)
    if (file !== undefined) return file
  }
  return undefined
}

export const createSite =
  (files: ConsoleFiles): SendPage =>
  async (ctx) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return false
    if (ctx.path !== BASE && !ctx.path.startsWith(`${BASE}/`)) return false
    const path = ctx.path.slice(BASE.length)
    // Relative links of the pages start from the directory.
    if (path === '') {
      ctx.redirect(`${BASE}/`)
      return true
    }
    const file = await findPage(files, path)
    if (file !== undefined) return sendFile(ctx, file)
    const missing = await files.find(NOT_FOUND)
    if (missing === undefined)
      throw new Problem('NOT_FOUND', 'The documentation is not built.', {
        hint: 'Run `npm run docs:site`, after `npm ci --prefix site`.',
      })
    return sendFile(ctx, missing, 404)
  }
