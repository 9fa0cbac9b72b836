// Links: the origin of a web address in its normal form, and no slash at the end, so that one page is one value. The rest of an
// address, labels, and whatever is no web address stay as they are written.

import { bad, isParts, type Normal, shown, withItems, withText } from './parts.ts'

const WEB_ORIGIN = /^https?:\/\/[^/?#\\]*/i

export const normalUrl = (given: string): string => {
  const text = given.trim()
  const origin = WEB_ORIGIN.exec(text)?.[0]
  // A name and a password belong to no origin, and would be lost.
  const url = origin === undefined || origin.includes('@') ? null : URL.parse(origin)
  if (origin === undefined || url === null) return text
  return (url.origin + text.slice(origin.length)).replace(/\/$/, '')
}

const normalLink = (item: unknown, path: string): unknown => {
  if (!isParts(item)) throw bad(`Invalid object value '${shown(item)}' for field "${path}"`)
  return withText(item, 'url', normalUrl)
}

export const normalLinks: Normal = (given, path) =>
  withItems(withText(given, 'primaryLinkUrl', normalUrl), 'secondaryLinks', path, (item) =>
    normalLink(item, `${path}.secondaryLinks`),
  )
