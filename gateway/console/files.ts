// Files of a built site by path, of the console or of the documentation; a new build is picked up. Only
// listed files of the directory are ever opened, so no path leads out of it. pages.ts sets the headers.

import { readdir, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

export type Encoding = 'br' | 'gzip'

export interface Variant {
  readonly path: string
  readonly size: number
}

export interface ConsoleFile extends Variant {
  readonly type: string
  readonly etag: string
  /** Its name contains a hash of its content. */
  readonly isImmutable: boolean
  /** Compressed at build time. */
  readonly encoded: ReadonlyMap<Encoding, Variant>
}

export interface ConsoleFiles {
  /** @param path as in a URL, with its slash: `/assets/index-abc.js`. */
  readonly find: (path: string) => Promise<ConsoleFile | undefined>
}

/** The single page of the console. */
export const INDEX = '/index.html'

export const SUFFIXES: ReadonlyMap<Encoding, string> = new Map([
  ['br', '.br'],
  ['gzip', '.gz'],
])

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

const isEncoded = (name: string): boolean => [...SUFFIXES.values()].some((suffix) => name.endsWith(suffix))

const etagOf = ({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): string =>
  `"${size.toString(16)}-${Math.round(mtimeMs).toString(16)}"`

const readFiles = async (directory: string): Promise<ReadonlyMap<string, ConsoleFile>> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const known = new Set(paths)
  const variantsOf = async (path: string) => {
    const found = [...SUFFIXES].filter(([, suffix]) => known.has(path + suffix))
    return new Map(
      await Promise.all(
        found.map(async ([encoding, suffix]): Promise<[Encoding, Variant]> => {
          const { size } = await stat(path + suffix)
          return [encoding, { path: path + suffix, size }]
        }),
      ),
    )
  }
  const files = paths
    .filter((path) => !isEncoded(path))
    .map(async (path): Promise<[string, ConsoleFile]> => {
      const facts = await stat(path)
      const name = path.slice(directory.length).replaceAll(sep, '/')
      const file: ConsoleFile = {
        path,
        size: facts.size,
        type: TYPES[extname(path)] ?? 'application/octet-stream',
        etag: etagOf(facts),
        isImmutable: name.startsWith('/assets/'),
        encoded: await variantsOf(path),
      }
      return [name, file]
    })
  return new Map(await Promise.all(files))
}

/** @param directory without a trailing separator; it may appear, and change, later. */
export const createConsoleFiles = (directory: string): ConsoleFiles => {
  let files: ReadonlyMap<string, ConsoleFile> = new Map()
  let version = ''

  const refresh = async (): Promise<void> => {
    try {
      const latest = etagOf(await stat(join(directory, INDEX)))
      if (latest === version) return
      files = await readFiles(directory)
      version = latest
    } catch {
      // Not built yet, or just being replaced.
      files = new Map()
      version = ''
    }
  }

  return {
    find: async (path) => {
      await refresh()
      return files.get(path)
    },
  }
}
