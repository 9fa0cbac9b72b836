// `npm run docs:site`: builds the documentation into site/dist, which the gateway serves at /docs. The pages
// are README, docs and the documents beside them, with links between them; beside every page is its Markdown,
// and llms.txt lists them. Scripts are moved into files, because the policy of the console allows no others.
// The old build serves until the new one is complete.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compressFiles } from '../gateway/console/compressFiles.ts'
import { SECTIONS, titleOf } from './sections.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SITE = join(ROOT, 'site')
const PAGES = join(SITE, 'pages')
const BUILT = join(SITE, 'dist.next')
const DIST = join(SITE, 'dist')

/** Documents outside of docs by the names of their pages. */
const BESIDE: Readonly<Record<string, string>> = {
  'README.md': 'index',
  'CHANGELOG.md': 'changelog',
  'CONTRIBUTING.md': 'contributing',
  'SECURITY.md': 'security-policy',
  'CODE_OF_CONDUCT.md': 'conduct',
}

/** Found for almost any word, before the page that explains it. */
const NOT_SEARCHED: readonly string[] = ['changelog']

/** By path in the repository: `docs/how-to/upgrade.md` → `how-to/upgrade`. */
const readPages = async (): Promise<ReadonlyMap<string, string>> => {
  const docs = (await readdir(join(ROOT, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'))
  return new Map([
    ...Object.entries(BESIDE),
    ...docs
      .map((name) => name.replaceAll('\\', '/'))
      .map((name) => [`docs/${name}`, name.slice(0, -3)] as const),
  ])
}

const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\((?!https?:|#)([^)#\s]+)(#[\w-]*)?\)/g

const FENCE = /(^ *```[^\n]*\n[\s\S]*?^ *```$)/gm
const CODE = /(^ *```[^\n]*\n[\s\S]*?^ *```$|`[^`\n]+`)/gm

/** Changes the parts between the matches of a pattern with one group. */
const between = (pattern: RegExp, markdown: string, change: (part: string) => string): string =>
  markdown
    .split(pattern)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('')

/** Links to pages of the site lead there; links to other files of the repository are text. */
const linked = (pages: ReadonlyMap<string, string>, source: string, markdown: string): string =>
  between(FENCE, markdown, (part) =>
    part.replace(LINK, (whole, mark: string, text: string, target: string, hash = '') => {
      const path = posix.join(posix.dirname(source), target)
      if (mark === '!') return path.startsWith('docs/') ? `![${text}](/${path.slice('docs/'.length)})` : whole
      const page = pages.get(path)
      if (page === undefined) return text
      return `[${text}](/${page === 'index' ? '' : page}${hash})`
    }),
  )

/** Outside of code, Vue would take `<id>` for an element and braces for an expression. */
const escaped = (markdown: string): string =>
  between(CODE, markdown, (part) =>
    part.replaceAll(/<(?!br>|!--|https?:)/g, '&lt;').replaceAll('{{', '&#123;&#123;'),
  )

const writePages = async (pages: ReadonlyMap<string, string>): Promise<void> => {
  await rm(PAGES, { recursive: true, force: true })
  for (const [source, page] of pages) {
    const target = join(PAGES, `${page}.md`)
    await mkdir(dirname(target), { recursive: true })
    const markdown = escaped(linked(pages, source, await readFile(join(ROOT, source), 'utf8')))
    await writeFile(target, NOT_SEARCHED.includes(page) ? `---\nsearch: false\n---\n\n${markdown}` : markdown)
  }
  await cp(join(ROOT, 'docs/images'), join(PAGES, 'images'), { recursive: true })
  const titles = new Map<string, string>()
  for (const page of pages.values())
    titles.set(page, titleOf(await readFile(join(PAGES, `${page}.md`), 'utf8'), page))
  const sidebar = SECTIONS.map(({ text, items }) => ({
    text,
    collapsed: false,
    items: items.map((page) => ({
      text: titles.get(page) ?? page,
      link: page === 'index' ? '/' : `/${page}`,
    })),
  }))
  await writeFile(join(PAGES, 'pages.js'), `export const pages = ${JSON.stringify(sidebar)}\n`)
}

const runVitePress = async (): Promise<void> => {
  const program = join(SITE, 'node_modules/vitepress/bin/vitepress.js')
  const child = spawn(process.execPath, [program, 'build', SITE], { cwd: SITE, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error('VitePress could not build the pages. Run `npm ci --prefix site` first.')
}

/** VitePress goes on after a page that it could not render. */
const checkPages = async (pages: ReadonlyMap<string, string>): Promise<void> => {
  for (const page of pages.values()) {
    const html = await readFile(join(BUILT, `${page}.html`), 'utf8')
    if (!html.includes('<h1')) throw new Error(`The page ${page} was not rendered.`)
  }
}

const INLINE = /<script(?![^>]*\bsrc=)([^>]*)>([\s\S]*?)<\/script>/g

/** Classic scripts run in place, as the inline ones did. */
const moveScripts = async (): Promise<void> => {
  const written = new Set<string>()
  for (const name of await readdir(BUILT, { recursive: true })) {
    if (!name.endsWith('.html')) continue
    const html = await readFile(join(BUILT, name), 'utf8')
    const scripts = new Map<string, string>()
    const moved = html.replaceAll(INLINE, (_, attributes: string, code: string) => {
      const file = `assets/inline.${createHash('sha256').update(code).digest('base64url').slice(0, 12)}.js`
      scripts.set(file, code)
      return `<script${attributes} src="/docs/${file}"></script>`
    })
    for (const [file, code] of scripts) {
      if (!written.has(file)) await writeFile(join(BUILT, file), code)
      written.add(file)
    }
    await writeFile(join(BUILT, name), moved)
  }
}

/** https://llmstxt.org */
const writeMarkdown = async (pages: ReadonlyMap<string, string>): Promise<void> => {
  const lines = [
    '# Tenantry',
    '',
    '> A multi-tenant API gateway in front of Postgres: REST and GraphQL for each workspace.',
  ]
  for (const { text, items } of SECTIONS) {
    lines.push('', `## ${text}`, '')
    for (const page of items) {
      const markdown = await readFile(join(PAGES, `${page}.md`), 'utf8')
      lines.push(`- [${titleOf(markdown, page)}](/docs/${page}.md)`)
    }
  }
  await writeFile(join(BUILT, 'llms.txt'), `${lines.join('\n')}\n`)
  for (const page of pages.values()) await cp(join(PAGES, `${page}.md`), join(BUILT, `${page}.md`))
}

const pages = await readPages()
await writePages(pages)
await runVitePress()
await checkPages(pages)
await moveScripts()
await writeMarkdown(pages)
await compressFiles(BUILT)
await rm(DIST, { recursive: true, force: true })
await rename(BUILT, DIST)
