import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { readSources } from './support/sources.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What each folder may import from, beside itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  sql: [],
  tenants: ['sql'],
  gateway: ['sql', 'tenants'],
}

const filesOf = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path))

const importsOf = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map(
    ([, path = '']) => relative(ROOT, join(ROOT, dirname(file), path)),
  )

const graph = new Map(
  Object.keys(ARROWS)
    .flatMap(filesOf)
    .map((file) => [file, importsOf(file)]),
)

test('imports point from the gateway to the domain to SQL, never back', (t) => {
  for (const [file, imports] of graph) {
    const [own = ''] = file.split('/')
    for (const imported of imports) {
      const [folder = ''] = imported.split('/')
      t.true(folder === own || ARROWS[own]?.includes(folder), `${file} imports ${imported}`)
    }
  }
})

test('every import is of a file that exists', (t) => {
  for (const [file, imports] of graph)
    for (const imported of imports) t.true(graph.has(imported), `${file} imports ${imported}`)
})

/**
 * Type-only imports do not count at run time, but the files of such a circle are still one file in three
 * pieces.
 */
test('no files import each other in a circle', (t) => {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) t.fail([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file) || path.includes(file)) return
    for (const imported of graph.get(file) ?? []) visit(imported, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  t.pass()
})

/** Who may make connections, and what makes them. */
const CONNECTING = /new pg\.(?:Client|Pool)\(|\bcreate(?:OwnerPool|ConnectionPool|Listener)\b/
const POOLS =
  /^sql\/(?:placement|ownerPool|listen|embedded|servers\/(?:probe|pooler)|pipeline\/(?:pool|connect)|embedded\/[^/]+)\.ts$/

test('the placement and the pools alone make connections', (t) => {
  const connecting = [...graph.keys()].filter((file) =>
    CONNECTING.test(readFileSync(join(ROOT, file), 'utf8')),
  )
  t.true(connecting.includes('sql/placement.ts'))
  t.deepEqual(
    connecting.filter((file) => !POOLS.test(file)),
    [],
  )
})

test('only the placement imports values that open connections', (t) => {
  const makers = ['sql/listen.ts', 'sql/pipeline/pool.ts', 'sql/pipeline/connect.ts']
  const importing = readSources(...Object.keys(ARROWS)).flatMap(({ path, imports }) =>
    imports.some((each) => !each.isOfTypes && makers.includes(each.path)) ? [path] : [],
  )
  t.deepEqual(
    importing.filter((path) => !path.startsWith('sql/pipeline/')),
    ['sql/placement.ts'],
  )
})
