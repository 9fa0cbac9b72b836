// Builds images without Docker: every stage in an empty directory or on a copy of the stage that it is FROM,
// with the files that its COPY instructions name and nothing else. What `npm ci` would download is linked
// from our own node_modules, package by package, after npm has compared package.json with the copied lock
// file. Every other command runs as it is, once for the same files.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { execForm, type Instruction, ignoredBy, type Stage, stagesOf } from './dockerfile.ts'
import { runLayer } from './layers.ts'

const run = promisify(execFile)

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))
const MODULES = join(REPOSITORY, 'node_modules')
/** What packages write beside themselves while they run. */
const CACHES = ['.cache', '.vite', '.vite-temp', '.package-lock.json']

type Environment = Readonly<Record<string, string>>

export interface Image {
  readonly root: string
  readonly cwd: string
  /** Of ENV, with absolute paths as they are. */
  readonly environment: Environment
  readonly command: readonly string[]
  readonly healthCheck: readonly string[]
}

/** Links are as good as copies, for nothing writes into a package; another file system takes copies alone. */
const link = (from: string, to: string): Promise<unknown> =>
  run('cp', ['-al', from, to]).catch(() => run('cp', ['-a', from, to]))

export const linkModules = async (directory: string): Promise<void> => {
  const target = join(directory, 'node_modules')
  await link(MODULES, target)
  for (const name of CACHES) await rm(join(target, name), { recursive: true, force: true })
}

interface Locked {
  readonly dev?: boolean
  readonly optional?: boolean
}

type Omission = (locked: Locked) => boolean

/**
 * Links what stays alone: most packages are for development, and none is worth linking only to be removed.
 */
const linkPackages = async (directory: string, isOmitted: Omission): Promise<void> => {
  const lock: { packages: Record<string, Locked> } = JSON.parse(
    await readFile(join(directory, 'package-lock.json'), 'utf8'),
  )
  const packages = Object.entries(lock.packages).filter(([path]) => path.startsWith('node_modules/'))
  const isNested = (path: string): boolean => path.includes('/node_modules/')
  for (const [path, locked] of packages) {
    if (isNested(path) || isOmitted(locked) || !existsSync(join(REPOSITORY, path))) continue
    const target = join(directory, path)
    await mkdir(dirname(target), { recursive: true })
    await link(join(REPOSITORY, path), target)
  }
  for (const [path, locked] of packages)
    if (isNested(path) && isOmitted(locked)) await rm(join(directory, path), { recursive: true, force: true })
}

/** What install scripts have put into the node_modules that are linked. */
const FROM_SCRIPTS = ['node/bin', 'node/node_modules']

/** A package of its own below: linked where the repository has it, else installed. */
const installBelow = async (folder: string, words: readonly string[], cwd: string): Promise<void> => {
  const installed = join(REPOSITORY, folder, 'node_modules')
  if (existsSync(installed)) await link(installed, join(cwd, folder, 'node_modules'))
  else await run('npm', [...words, '--prefer-offline'], { cwd, maxBuffer: 1e8 })
}

const install = async (words: readonly string[], cwd: string): Promise<void> => {
  const prefix = words.indexOf('--prefix')
  if (prefix !== -1) {
    await installBelow(words[prefix + 1] ?? '', words, cwd)
    return
  }
  // What is left out makes no difference to the comparison: all stages ask the same.
  const compared = words.filter((word) => !word.startsWith('--omit=') && word !== '--ignore-scripts')
  const check = [...compared, '--dry-run', '--prefer-offline']
  await runLayer(check.join(' '), cwd, () => run('npm', check, { cwd, maxBuffer: 1e8 }))
  const [noDev, noOptional] = [words.includes('--omit=dev'), words.includes('--omit=optional')]
  if (noDev || noOptional)
    await linkPackages(
      cwd,
      ({ dev, optional }) => (noDev && dev === true) || (noOptional && optional === true),
    )
  else await linkModules(cwd)
  if (words.includes('--ignore-scripts'))
    for (const path of FROM_SCRIPTS) await rm(join(cwd, 'node_modules', path), { recursive: true })
}

const inside = (root: string, cwd: string, path: string): string => join(root, posix.resolve(cwd, path))

const runCommand = async (text: string, { root, cwd, environment }: Image): Promise<void> => {
  for (const command of text.split('&&')) {
    const words = command.trim().split(/\s+/)
    const at = inside(root, cwd, '.')
    const [program, ...rest] = words
    if (program === 'npm' && rest[0] === 'ci') await install(rest, at)
    else if (program === 'npm') {
      const env = { PATH: process.env.PATH, ...environment }
      const layer = `${command.trim()} ${JSON.stringify(environment)}`
      await runLayer(layer, at, () => run('npm', rest, { cwd: at, maxBuffer: 1e8, env }))
    } else if (program === 'rm') await rm(inside(root, cwd, rest.at(-1) ?? ''), { recursive: true })
    else if (program === 'mkdir') await mkdir(inside(root, cwd, rest.at(-1) ?? ''))
    else if (program === 'chown') await stat(inside(root, cwd, rest.at(-1) ?? ''))
    else throw new Error(`The replay does not know the command "${command.trim()}". Teach it.`)
  }
}

/** @returns the images of all stages, by name, or of one that is not FROM another. */
export const createReplay = async (
  dockerfile: string,
  dockerignore: string,
  directory: string,
  only?: string,
): Promise<ReadonlyMap<string, Image>> => {
  const isIgnored = ignoredBy(dockerignore)
  const built = new Map<string, Image>()

  const copy = async (text: string, { root, cwd }: Image): Promise<void> => {
    const words = text.split(/\s+/)
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
    const paths = words.filter((word) => !word.startsWith('--'))
    const target = paths.pop() ?? '.'
    const source = from === undefined ? REPOSITORY : built.get(from)?.root
    if (source === undefined) throw new Error(`There is no stage "${from}" to copy from.`)
    for (const path of paths) {
      const origin = join(source, path)
      const isFile = (await stat(origin)).isFile()
      const named = inside(root, cwd, target)
      await cp(origin, isFile && /(?:^\.|\/)$/.test(target) ? join(named, basename(path)) : named, {
        recursive: true,
        verbatimSymlinks: true,
        filter: (file) => from !== undefined || !isIgnored(relative(REPOSITORY, file)),
      })
    }
  }

  const apply = async ({ name, text }: Instruction, image: Image): Promise<Image> => {
    if (name === 'WORKDIR') {
      const cwd = posix.resolve(image.cwd, text)
      await mkdir(join(image.root, cwd), { recursive: true })
      return { ...image, cwd }
    }
    if (name === 'ENV') {
      const pairs = text.split(/\s+/).map((pair) => pair.split('=', 2))
      return { ...image, environment: { ...image.environment, ...Object.fromEntries(pairs) } }
    }
    if (name === 'CMD') return { ...image, command: execForm(text) }
    if (name === 'HEALTHCHECK') return { ...image, healthCheck: execForm(text.replace(/^.*?CMD\s+/, '')) }
    if (name === 'COPY') await copy(text, image)
    else if (name === 'RUN') await runCommand(text, image)
    else if (!['VOLUME', 'USER', 'EXPOSE'].includes(name))
      throw new Error(`The replay does not know the instruction ${name}. Teach it.`)
    return image
  }

  const build = async ({ name, base, instructions }: Stage): Promise<void> => {
    const root = await mkdtemp(join(directory, `${name}-`))
    await chmod(root, 0o755)
    const parent = built.get(base)
    if (parent !== undefined) await run('cp', ['-al', `${parent.root}/.`, root])
    let image: Image = { ...(parent ?? { cwd: '/', environment: {}, command: [], healthCheck: [] }), root }
    for (const instruction of instructions) image = await apply(instruction, image)
    built.set(name, image)
  }

  for (const stage of stagesOf(dockerfile)) if (only === undefined || stage.name === only) await build(stage)
  return built
}

/**
 * Beside no other package.json, tsconfig.json or node_modules, and open to the account that Postgres runs
 * under.
 */
export const emptyDirectory = async (): Promise<string> => mkdtemp(join(tmpdir(), 'tenantry-image-'))

/** The sources as a clone has them: nothing that was installed, built or kept. */
export const cloneInto = async (directory: string): Promise<void> => {
  const ignored = `${await readFile(join(REPOSITORY, '.dockerignore'), 'utf8')}\nconsole/dist*`
  const isIgnored = ignoredBy(ignored)
  await cp(REPOSITORY, directory, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !isIgnored(relative(REPOSITORY, file)),
  })
}
