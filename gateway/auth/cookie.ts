// The session cookie (RFC 6265bis). Scripts cannot read it (HttpOnly) and requests that other sites start do
// not carry it (SameSite=Strict).

import { isSessionSecret, LONGEST_SECONDS } from '../../tenants/member/session.ts'

const NAME = 'tenantry_session'
const ATTRIBUTES = 'HttpOnly; SameSite=Strict; Path=/'

/**
 * The secret in a Cookie header. Null without a session cookie, and with two: the second could only come from
 * a neighbouring host name, and the two are indistinguishable.
 */
export const readCookie = (header: string | undefined): string | null => {
  if (header === undefined || !header.includes(NAME)) return null
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${NAME}=`))
    .map((pair) => pair.slice(NAME.length + 1))
  const [value = ''] = values
  return values.length === 1 && isSessionSecret(value) ? value : null
}

export const cookieOf = (secret: string, isHttps: boolean): string =>
  `${NAME}=${secret}; Max-Age=${LONGEST_SECONDS}; ${ATTRIBUTES}${isHttps ? '; Secure' : ''}`

export const noCookie = (isHttps: boolean): string =>
  `${NAME}=; Max-Age=0; ${ATTRIBUTES}${isHttps ? '; Secure' : ''}`
