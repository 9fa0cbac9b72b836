// Source files with their syntax trees, comments and imports, from the parser of Vite (TypeScript 7 has no
// stable JavaScript API yet).

import { globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Import {
  /** From the root of the repository. */
  readonly path: string
  readonly isOfTypes: boolean
}

export interface Source {
  readonly path: string
  readonly lines: readonly string[]
  readonly tree: unknown
  /** Numbers of lines that hold nothing but a comment. */
  readonly commentLines: readonly number[]
  /** Of files of this repository, with re-exports. */
  readonly imports: readonly Import[]
  /** The number of the line that a character of the text stands in, from 1. */
  readonly lineOf: (offset: number) => number
}

export const pathsIn = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => /\.(ts|tsx|js)$/.test(path) && !/\/(dist[.\d]*|node_modules)\//.test(path))

const lineFinder = (text: string): ((offset: number) => number) => {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index)
  return (offset) => {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}

type Module = ReturnType<typeof parseSync>['module']

const importsOf = (path: string, module: Module): readonly Import[] => {
  const imported = [
    ...module.staticImports.map(({ moduleRequest, entries }) => ({
      request: moduleRequest.value,
      isOfTypes: entries.length > 0 && entries.every(({ isType }) => isType),
    })),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) =>
        moduleRequest === null ? [] : [{ request: moduleRequest.value, isOfTypes: isType }],
      ),
    ),
  ]
  return imported
    .filter(({ request }) => request.startsWith('.'))
    .map(({ request, isOfTypes }) => ({ path: normalize(join(dirname(path), request)), isOfTypes }))
}

const read = (path: string): Source => {
  const text = readFileSync(join(ROOT, path), 'utf8')
  const { program, module, comments, errors } = parseSync(path, text)
  if (errors[0] !== undefined) throw new Error(`${path} cannot be parsed: ${errors[0].message}`)
  const lines = text.split('\n')
  const lineOf = lineFinder(text)
  const commentLines = comments.flatMap(({ start, end }) => {
    const from = lineOf(start)
    const isFirst = /^\s*$/.test(
      (lines[from - 1] ?? '').slice(0, start - text.lastIndexOf('\n', start - 1) - 1),
    )
    return Array.from({ length: lineOf(end - 1) - from + 1 }, (_, at) => from + at).slice(isFirst ? 0 : 1)
  })
  return { path, lines, tree: program, commentLines, imports: importsOf(path, module), lineOf }
}

export const readSources = (...folders: readonly string[]): readonly Source[] =>
  folders.flatMap(pathsIn).map(read)

export interface NamedFunction {
  readonly name: string
  readonly lines: number
}

const isNode = (value: unknown): value is { type: string; start: number; end: number } =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

const nameIn = (node: object, key: 'id' | 'key'): string | null => {
  const named: unknown = key in node ? (node as Record<string, unknown>)[key] : null
  return typeof named === 'object' && named !== null && 'name' in named ? String(named.name) : null
}

const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/

/** All functions with a body; one without a name has that of the function around it, and its place. */
export const functionsOf = ({ tree, lineOf }: Source): readonly NamedFunction[] => {
  const found: NamedFunction[] = []
  const visit = (value: unknown, name: string): void => {
    if (Array.isArray(value)) for (const each of value) visit(each, name)
    if (!isNode(value)) return
    const own = nameIn(value, 'id') ?? nameIn(value, 'key')
    const isFunction = FUNCTION.test(value.type)
    const called = own ?? name
    if (isFunction) found.push({ name: called, lines: lineOf(value.end) - lineOf(value.start) + 1 })
    for (const [key, child] of Object.entries(value))
      if (typeof child === 'object') visit(child, isFunction && key === 'body' ? `${called}/` : called)
  }
  visit(tree, '')
  return found
}

/** String literals of several words, with the text of JSX. */
export const textsOf = ({ tree }: Source): readonly string[] => {
  const found: string[] = []
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) visit(each)
    if (!isNode(value)) return
    if ('value' in value && typeof value.value === 'string' && /^(Literal|JSXText)$/.test(value.type))
      found.push(value.value)
    if (value.type === 'TemplateElement' && 'value' in value) {
      const { cooked }: { cooked?: unknown } = Object(value.value)
      if (typeof cooked === 'string') found.push(cooked)
    }
    for (const child of Object.values(value)) if (typeof child === 'object') visit(child)
  }
  visit(tree)
  return found.filter((text) => text.trim().includes(' '))
}

/** Other files of the repository, without dependencies and builds. */
export const readTexts = (pattern: string): readonly { readonly path: string; readonly text: string }[] =>
  globSync(pattern, { cwd: ROOT, exclude: (path) => /(^|\/)(node_modules|dist)$/.test(path) }).map(
    (path) => ({
      path,
      text: readFileSync(join(ROOT, path), 'utf8'),
    }),
  )
