// A setting: its variable, how its text is parsed, and what the documentation prints. The table of all
// settings is in settings.ts.

import { readServers } from '../sql/servers/hosts.ts'
import { isNetwork } from '../tenants/permission/networks.ts'
import { isUuid } from '../tenants/uuid.ts'
import { isAllowedHost } from './allowedHost.ts'

export interface Setting<T> {
  readonly variable: string
  /** As the documentation prints it; `null` if the setting is absent by default. */
  readonly defaultText: string | null
  /** Completes the sentence "expected …". */
  readonly accepts: string
  readonly meaning: string
  /** Its value is never repeated in a message. */
  readonly isSecret?: true
  /** Undefined for an invalid text. */
  readonly parse: (text: string) => T | undefined
  /** Value when the variable is unset or empty. */
  readonly absent: T
}

/** Rows by the name of their value in the configuration. */
export type SettingRows = Readonly<
  Record<string, Setting<string | number | boolean | readonly string[] | null>>
>

/** The value of a setting. */
export type ValueOf<S extends Pick<Setting<unknown>, 'parse' | 'absent'>> =
  | Exclude<ReturnType<S['parse']>, undefined>
  | S['absent']

/** Accepts values that match, unchanged. */
export const matching =
  (fits: (text: string) => boolean) =>
  (text: string): string | undefined =>
    fits(text) ? text : undefined

export const oneOf =
  <T extends string>(values: readonly T[]) =>
  (text: string): T | undefined =>
    values.find((value) => value === text)

export const isUrl =
  (...protocols: readonly string[]) =>
  (text: string): boolean =>
    URL.canParse(text) && protocols.includes(new URL(text).protocol)

export const postgresUrl = (variable: string, meaning: string): Setting<string | null> => ({
  variable,
  defaultText: null,
  accepts: 'a postgres:// or postgresql:// URL of one or several hosts',
  meaning,
  isSecret: true,
  parse: matching((text) => readServers(text) !== null),
  absent: null,
})

const ADDRESS_PAIR = /^[^\s=,/@?#]+:\d{1,5}=[^\s=,/@?#]+:\d{1,5}$/

/** `10.0.0.5:5432=db5.example.com:5432`, separated by commas. */
export const addressPairs = (text: string): readonly string[] | undefined => {
  const pairs = text.split(',').map((pair) => pair.trim())
  return pairs.every((pair) => ADDRESS_PAIR.test(pair)) ? pairs : undefined
}

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Credentials that are encoded as in `user:p%40ss`. */
export const isProxyUrl = (text: string): boolean => {
  if (!isUrl('http:', 'https:')(text)) return false
  const { username, password } = new URL(text)
  return isDecodable(username) && isDecodable(password)
}

export const integer =
  (min: number, max: number) =>
  (text: string): number | undefined => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : undefined
  }

export const number = (
  variable: string,
  value: number,
  [min, max]: readonly [number, number],
  meaning: string,
): Setting<number> => ({
  variable,
  defaultText: String(value),
  accepts: `an integer from ${min} to ${max}`,
  meaning,
  parse: integer(min, max),
  absent: value,
})

/** On unless it is turned off. */
export const onOff = (variable: string, meaning: string): Setting<boolean> => ({
  variable,
  defaultText: 'on',
  accepts: 'on or off',
  meaning,
  parse: (text) => (text === 'on' ? true : text === 'off' ? false : undefined),
  absent: true,
})

/** As browsers write them in `Origin`: scheme, host and a port other than the scheme's own. */
const isOrigin = (text: string): boolean =>
  URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text)

export const originsIn = (text: string): '*' | readonly string[] | undefined => {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.join(',') === '*') return '*'
  if (parts.join(',') === 'off') return []
  return parts.every(isOrigin) ? parts : undefined
}

const MOST_PROXIES = 10

/** How many there are, or the networks that they connect from. */
export const proxiesIn = (text: string): number | readonly string[] | undefined => {
  const parts = text.split(',').map((part) => part.trim())
  return integer(0, MOST_PROXIES)(text) ?? (parts.every(isNetwork) ? parts : undefined)
}

/** Host names separated by commas. */
export const hostsIn = (text: string): readonly string[] | undefined => {
  const names = text.split(',').map((name) => name.trim())
  return names.every((name) => /^[A-Za-z0-9_.:[\]-]+$/.test(name)) ? names : undefined
}

export const idsIn =
  (most: number) =>
  (text: string): readonly string[] | undefined => {
    const ids = new Set(text.split(',').map((id) => id.trim().toLowerCase()))
    return ids.size <= most && [...ids].every(isUuid) ? [...ids] : undefined
  }

export const allowedHostsIn = (text: string): readonly string[] | undefined => {
  const parts = text.split(',').map((part) => part.trim())
  return parts.every(isAllowedHost) ? parts : undefined
}
