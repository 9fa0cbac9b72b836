// The `Prefer` header (RFC 7240): the preferences that we honour, `return` and `count`.

import { COUNT_MODES, type CountMode, isCountMode } from '../../tenants/model/countMode.ts'
import { badInput } from '../error/problem.ts'

type Header = string | readonly string[]

/** The value of a preference; the first of a name counts (§2). */
const preferenceOf = (header: Header, name: string): string | undefined => {
  const text = typeof header === 'string' ? header : header.join(',')
  const pairs = text.split(',').map((preference) => /^\s*([^\s=;]+)\s*(?:=\s*([^;]*))?/.exec(preference))
  const wanted = pairs.find((pair) => pair?.[1]?.toLowerCase() === name && pair[2] !== undefined)
  return wanted?.[2]
    ?.trim()
    .replace(/^"(.*)"$/, '$1')
    .toLowerCase()
}

/** Whether the caller prefers no body. */
export const isMinimalPreferred = (header: Header): boolean => preferenceOf(header, 'return') === 'minimal'

/** Throws Problem BAD_USER_INPUT. */
export const checkedCountMode = (text: string): CountMode => {
  if (isCountMode(text)) return text
  throw badInput(`count '${text.slice(0, 100)}' is invalid. Allowed values are ${COUNT_MODES.join(', ')}`)
}

/** Null if the caller prefers none. Throws Problem BAD_USER_INPUT for an unknown one. */
export const preferredCount = (header: Header | undefined): CountMode | null => {
  const text = header === undefined ? undefined : preferenceOf(header, 'count')
  return text === undefined ? null : checkedCountMode(text)
}
