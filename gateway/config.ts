// From environment variables to a frozen Config, or one ConfigError that names every fault. Pure: reads no
// file and opens no connection. The settings are defined in settings.ts.

import { redact } from './redact.ts'
import type { Setting, SettingRows, ValueOf } from './setting.ts'
import { SETTINGS } from './settings.ts'

/** The value of each setting. */
export type Config = { readonly [Name in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[Name]> }

/** All faults of the environment, one line each. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.join('\n')}`,
    )
    this.name = 'ConfigError'
  }

  /** One that another process has thrown. */
  static again(message: string): ConfigError {
    return Object.assign(new ConfigError([]), { message })
  }
}

/** Null: the embedded Postgres. */
export const ownerUrlOf = ({ databaseUrl, directDatabaseUrl }: Config): string | null =>
  directDatabaseUrl ?? databaseUrl

const MAX_SHOWN = 80

/** A value with a fault, for its message. It may be a secret that was meant for another setting. */
export const showValue = (text: string): string => {
  const shown = redact(text)
  return JSON.stringify(shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown)
}

const describe = (text: string, isSecret: boolean): string =>
  isSecret ? `a value of ${text.length} characters` : showValue(text)

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host)

type Name = keyof Config

/** @param isUnset false for a setting with a fault of its own: its value is unknown, not missing */
const refuseContradictions = (config: Config, isUnset: (name: Name) => boolean, faults: string[]): void => {
  if (config.previousSecretKey !== null && config.previousSecretKey === config.secretKey)
    faults.push('  SECRET_KEY_PREVIOUS equals SECRET_KEY; it must be the previous key.')
  if (isUnset('databaseUrl') && config.directDatabaseUrl !== null)
    faults.push('  DATABASE_URL is not set; DIRECT_DATABASE_URL needs it.')
  if (config.adminPort !== null && isUnset('metricsToken') && !isLoopback(config.adminHost))
    faults.push('  METRICS_TOKEN is not set; it is required if ADMIN_HOST is not a loopback address.')
  if (isUnset('adminPort') && config.adminApi === 'private')
    faults.push('  ADMIN_PORT is not set; ADMIN_API=private needs it.')
}

/** Of the files that settings come from. */
export interface SourceFaults {
  /** One line each. */
  readonly lines: readonly string[]
  /** Whether a source that may set the variable was not read. */
  readonly isUnread: (variable: string) => boolean
}

const NO_FAULTS: SourceFaults = { lines: [], isUnread: () => false }

/**
 * Checks the whole environment before throwing; an empty variable counts as unset.
 * @param sources faults that are reported together with those of the values
 */
export const readConfig = (
  environment: Readonly<Record<string, string | undefined>>,
  sources = NO_FAULTS,
): Config => {
  const faults: string[] = [...sources.lines]
  const refused = new Set<string>()
  const read = <T>(setting: Setting<T>): T => {
    const text = environment[setting.variable]?.trim() ?? ''
    if (text === '') return setting.absent
    const parsed = setting.parse(text)
    if (parsed !== undefined) return parsed
    const { variable, accepts, isSecret = false } = setting
    faults.push(`  ${variable} is ${describe(text, isSecret)}; expected ${accepts}.`)
    refused.add(variable)
    return setting.absent
  }
  // By name: TypeScript does not follow types through entries.
  const config = Object.fromEntries(
    Object.entries<SettingRows[string]>(SETTINGS).map(([name, setting]) => [name, read(setting)]),
  ) as unknown as Config
  const isUnset = (name: Name): boolean => {
    const { variable } = SETTINGS[name]
    return config[name] === null && !refused.has(variable) && !sources.isUnread(variable)
  }
  refuseContradictions(config, isUnset, faults)
  if (faults.length > 0) throw new ConfigError(faults)
  return Object.freeze(config)
}
