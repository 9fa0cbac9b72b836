// Links: from an http or https URL, or a domain with or without a path, to a URL with a normalised origin and
// without slashes at the end, so that one page is one value. The rest of an address and labels stay as
// written.

import { isRecord } from '../json.ts'
import { hostOf, isHostOfUrl } from './host.ts'
import { bad, type Normal, withItems, withText } from './parts.ts'
import { shown } from './shown.ts'

const WEB_ADDRESS = /^(https?:\/\/)([^/?#\\\s]+)([/?#].*)?$/is
const DOMAIN = /^([^/?#\\\s:@]+)(:\d{1,5})?([/?#].*)?$/s
/** Slashes and spaces at the end of a path: all of them, so that a normal link stays as it is. */
const FINAL_SLASHES = /^([^?#]*?)[/\s]+$/

/** Such an origin stays as it is, and needs no parser. */
const NORMAL_ORIGIN =
  /^https?:\/\/(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,20}[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/
const MAX_NORMAL_LENGTH = 200
/** Begins a label in Punycode, which may be invalid. */
const ENCODED = 'xn--'

const isNormal = (origin: string): boolean =>
  origin.length <= MAX_NORMAL_LENGTH && NORMAL_ORIGIN.test(origin) && !origin.includes(ENCODED)

/** @param rest path, query and fragment */
const addressOf = (origin: string, rest: string): string | null => {
  if (isNormal(origin)) return origin + rest.replace(FINAL_SLASHES, '$1')
  const url = URL.parse(origin)
  if (url === null || !isHostOfUrl(url.hostname, origin)) return null
  // A user name or password is not part of the origin, and would be lost.
  if (origin.includes('@')) return origin + rest
  return url.origin.replace(/\.(?=(:\d+)?$)/, '') + rest.replace(FINAL_SLASHES, '$1')
}

/** Null for text that is neither a URL nor a domain. */
export const normalUrl = (given: string): string | null => {
  const text = given.trim()
  const [, protocol = '', authority = '', rest = ''] = WEB_ADDRESS.exec(text) ?? []
  if (protocol !== '') return addressOf(protocol + authority, rest)
  const [, name = '', port = '', path = ''] = DOMAIN.exec(text) ?? []
  const host = hostOf(name)
  return host === null ? null : addressOf(`https://${host}${port}`, path)
}

const checkedUrl =
  (path: string) =>
  (text: string): string => {
    const url = normalUrl(text)
    if (url === null)
      throw bad(
        `Invalid link '${shown(text)}' for field "${path}" - It should be an http(s) URL or a domain`,
        'INVALID_URL',
      )
    return url
  }

const normalLink = (item: unknown, path: string): unknown => {
  if (!isRecord(item)) throw bad(`Invalid object value '${shown(item)}' for field "${path}"`)
  for (const name of ['url', 'label']) {
    const text = item[name]
    if (text !== undefined && text !== null && typeof text !== 'string')
      throw bad(`Invalid string value ${shown(text)} for text field "${path}.${name}"`)
  }
  return withText(item, 'url', checkedUrl(`${path}.url`))
}

export const normalLinks: Normal = (given, path) =>
  withItems(
    withText(given, 'primaryLinkUrl', checkedUrl(`${path}.primaryLinkUrl`)),
    'secondaryLinks',
    path,
    (item) => normalLink(item, `${path}.secondaryLinks`),
  )
