// Where settings come from: the environment, the file CONFIG_FILE, and files of secrets (`SECRET_KEY_FILE`
// and so on, as orchestrators mount them). The environment wins over CONFIG_FILE. Faults are reported
// together.

import { readFile } from 'node:fs/promises'
import { type Config, readConfig, type SourceFaults } from './config.ts'
import type { Setting } from './setting.ts'
import { SETTINGS } from './settings.ts'

type Environment = Readonly<Record<string, string | undefined>>

export const CONFIG_FILE = 'CONFIG_FILE'

const settings: readonly Setting<unknown>[] = Object.values(SETTINGS)
const SECRETS = settings.filter(({ isSecret }) => isSecret === true).map(({ variable }) => variable)
const KNOWN: ReadonlySet<string> = new Set([
  ...settings.map(({ variable }) => variable),
  ...SECRETS.map((name) => `${name}_FILE`),
])

const isSet = (text: string | undefined): text is string => text !== undefined && text.trim() !== ''

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

/** Other text before the `=` may be a part of a secret, and is not shown. */
const NAME = /^[A-Z_]{1,64}$/

/** Shells and some tools drop them, others keep them: a key in quotes would be two different keys. */
const isQuoted = (value: string): boolean => /^(["']).*\1$/.test(value)

/** Lines `NAME=value`; empty lines and lines that begin with `#` are ignored. Adds faults to the list. */
const parseLines = (text: string, path: string, faults: string[]): Readonly<Record<string, string>> => {
  const values: Record<string, string> = {}
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const entry = line.trim()
    if (entry === '' || entry.startsWith('#')) continue
    const at = entry.indexOf('=')
    const name = entry.slice(0, Math.max(at, 0)).trim()
    const value = entry.slice(at + 1).trim()
    const place = `  Line ${index + 1} of ${path}`
    if (!NAME.test(name)) faults.push(`${place} does not have the form NAME=value.`)
    else if (!KNOWN.has(name)) faults.push(`${place} sets "${name}", which is not a setting.`)
    else if (name in values) faults.push(`${place} sets ${name} a second time.`)
    else if (isQuoted(value))
      faults.push(`${place} sets ${name} in quotes, which would be part of the value.`)
    else values[name] = value
  }
  return values
}

/** Null: the file cannot be read. */
const readConfigFile = async (
  path: string,
  faults: string[],
): Promise<Readonly<Record<string, string>> | null> => {
  try {
    return parseLines(await readFile(path, 'utf8'), path, faults)
  } catch (error) {
    faults.push(`  CONFIG_FILE ${path} cannot be read (${reasonOf(error)}).`)
    return null
  }
}

interface SettingSources {
  /** The environment with the values of all files in it. */
  readonly values: Environment
  readonly faults: SourceFaults
}

/** Reads the files at each call. */
const readSettingSources = async (environment: Environment): Promise<SettingSources> => {
  const lines: string[] = []
  const unread = new Set<string>()
  const path = environment[CONFIG_FILE]
  const file = isSet(path) ? await readConfigFile(path.trim(), lines) : {}
  const inFile = file ?? {}
  const given = Object.fromEntries(Object.entries(environment).filter(([, text]) => isSet(text)))
  const merged: Record<string, string | undefined> = { ...inFile, ...given }
  for (const name of SECRETS) {
    const secretPath = merged[`${name}_FILE`]
    if (!isSet(secretPath)) continue
    // The nearer source wins; two in one place are a mistake.
    if (isSet(given[name]) && !isSet(given[`${name}_FILE`])) continue
    if (isSet(given[name]) || (isSet(inFile[name]) && isSet(inFile[`${name}_FILE`]))) {
      lines.push(`  ${name} and ${name}_FILE are both set.`)
      continue
    }
    unread.add(name)
    try {
      merged[name] = (await readFile(secretPath.trim(), 'utf8')).trim()
      if (merged[name] === '') lines.push(`  ${name}_FILE is empty.`)
      else unread.delete(name)
    } catch (error) {
      lines.push(`  ${name}_FILE cannot be read (${reasonOf(error)}).`)
    }
  }
  const isUnread = (variable: string): boolean => file === null || unread.has(variable)
  return { values: merged, faults: { lines, isUnread } }
}

/** From the environment and its files. Throws a ConfigError that names every fault of all of them. */
export const readSettings = async (environment: Environment): Promise<Config> => {
  const { values, faults } = await readSettingSources(environment)
  return readConfig(values, faults)
}
