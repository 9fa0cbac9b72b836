import { readFile } from 'node:fs/promises'
import test from 'ava'
import { SECTIONS } from '../../docs/sections.ts'
import { documents, withTables } from '../../docs/tables.ts'

test('the tables of the documents match the code', async (t) => {
  for (const document of await documents()) {
    const markdown = await readFile(document, 'utf8')
    t.is(withTables(markdown), markdown, `${document.pathname} is out of date: npm run docs`)
  }
})

const LINK = /\]\(((?!https?:)[^)#\s]*)(?:#([\w-]+))?\)/g

/** Anchors of the headings, as GitHub and VitePress name them. */
const anchorsOf = (markdown: string): ReadonlySet<string> =>
  new Set(
    [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    ),
  )

test('every document is reachable, and every link between documents leads somewhere', async (t) => {
  const root = new URL('../../', import.meta.url)
  const pages = [new URL('README.md', root), ...(await documents())]
  const linked = new Set<string>()
  for (const page of pages) {
    const markdown = await readFile(page, 'utf8')
    for (const [, target = '', hash] of markdown.matchAll(LINK)) {
      const url = target === '' ? page : new URL(target, page)
      linked.add(url.href)
      const text = await readFile(url, 'utf8').catch(() => null)
      t.not(text, null, `${page.pathname} links to ${target}`)
      if (hash !== undefined)
        t.true(anchorsOf(text ?? '').has(hash), `${page.pathname} links to ${target}#${hash}`)
    }
  }
  for (const page of await documents()) t.true(linked.has(page.href), `nothing links to ${page.pathname}`)
})

test('every document is in one section of the site', async (t) => {
  const docs = new URL('../../docs/', import.meta.url).href
  const pages = (await documents()).map(({ href }) => href.slice(docs.length, -'.md'.length))
  const listed = SECTIONS.flatMap(({ items }) => items)
  const beside = ['index', 'changelog', 'contributing', 'security-policy', 'conduct']
  t.deepEqual(listed.toSorted(), [...pages, ...beside].toSorted())
})

/** Rows of tables and addresses cannot be broken. */
const isWide = (line: string): boolean =>
  line.replaceAll(/https?:\/\/[^\s'"]+/g, '').length > 115 && !line.startsWith('|')

test('lines of documents are at most 115 characters long, tables and addresses aside', async (t) => {
  const root = new URL('../../', import.meta.url)
  const beside = ['README', 'CHANGELOG', 'CONTRIBUTING', 'SECURITY', 'CODE_OF_CONDUCT', 'bench/README']
  for (const page of [...beside.map((name) => new URL(`${name}.md`, root)), ...(await documents())]) {
    const wide = (await readFile(page, 'utf8')).split('\n').filter(isWide)
    t.deepEqual(wide, [], page.pathname)
  }
})

test('no document is longer than a reader scrolls: 250 lines, the README 120', async (t) => {
  const lines = async (page: URL): Promise<number> => (await readFile(page, 'utf8')).split('\n').length - 1
  t.true((await lines(new URL('../../README.md', import.meta.url))) <= 120)
  for (const page of await documents()) t.true((await lines(page)) <= 250, page.pathname)
})

test('every row of a table has as many cells as its head', async (t) => {
  const cells = (row: string): number => row.trim().split(/(?<!\\)\|/).length
  for (const page of [new URL('../../README.md', import.meta.url), ...(await documents())]) {
    const markdown = (await readFile(page, 'utf8')).replaceAll(/^```[\s\S]*?^```/gm, '')
    for (const [table] of markdown.matchAll(/(?:^\|.*\n)+/gm)) {
      const [head = '', ...rows] = table.trimEnd().split('\n')
      const odd = rows.filter((row) => cells(row) !== cells(head))
      t.deepEqual(odd, [], page.pathname)
    }
  }
})
