// Where settings come from: the environment, the file CONFIG_FILE, and files of secrets (`SECRET_KEY_FILE`
// and so on, as orchestrators mount them). The environment wins over CONFIG_FILE. Faults are reported
// together.

import { readFile } from 'node:fs/promises'
import { ConfigError } from './config.ts'
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

/** Lines `NAME=value`; empty lines and lines that begin with `#` are ignored. Adds faults to the list. */
const parseLines = (text: string, path: string, faults: string[]): Readonly<Record<string, string>> => {
  const values: Record<string, string> = {}
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const entry = line.trim()
    if (entry === '' || entry.startsWith('#')) continue
    const at = entry.indexOf('=')
    const name = entry.slice(0, Math.max(at, 0)).trim()
    const place = `  Line ${index + 1} of ${path}`
    if (at < 0) faults.push(`${place} does not have the form NAME=value.`)
    else if (!KNOWN.has(name))
      faults.push(`${place} sets ${JSON.stringify(name.slice(0, 80))}, which is not a setting.`)
    else if (name in values) faults.push(`${place} sets ${name} a second time.`)
    else values[name] = entry.slice(at + 1).trim()
  }
  return values
}

const readConfigFile = async (path: string, faults: string[]): Promise<Readonly<Record<string, string>>> => {
  try {
    return parseLines(await readFile(path, 'utf8'), path, faults)
  } catch (error) {
    faults.push(`  CONFIG_FILE ${path} cannot be read (${reasonOf(error)}).`)
    return {}
  }
}

/** The environment with the values of all files in it. Reads the files at each call. */
export const readSettingSources = async (environment: Environment): Promise<Environment> => {
  const faults: string[] = []
  const path = environment[CONFIG_FILE]
  const inFile = isSet(path) ? await readConfigFile(path.trim(), faults) : {}
  const given = Object.fromEntries(Object.entries(environment).filter(([, text]) => isSet(text)))
  const merged: Record<string, string | undefined> = { ...inFile, ...given }
  for (const name of SECRETS) {
    const file = merged[`${name}_FILE`]
    if (!isSet(file)) continue
    // The nearer source wins; two in one place are a mistake.
    if (isSet(given[name]) && !isSet(given[`${name}_FILE`])) continue
    if (isSet(given[name]) || (isSet(inFile[name]) && isSet(inFile[`${name}_FILE`]))) {
      faults.push(`  ${name} and ${name}_FILE are both set.`)
      continue
    }
    try {
      merged[name] = (await readFile(file.trim(), 'utf8')).trim()
      if (merged[name] === '') faults.push(`  ${name}_FILE is empty.`)
    } catch (error) {
      faults.push(`  ${name}_FILE cannot be read (${reasonOf(error)}).`)
    }
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return merged
}
