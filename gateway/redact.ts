// Removes secrets from text that leaves the process for operators: one list of their forms.

const REMOVED = '[redacted]'

const DIGITS = 64

const isDigit = (code: number): boolean => (code >= 48 && code <= 57) || (code >= 97 && code <= 102)

/**
 * Whether so many hexadecimal digits follow one another. One of them stands at a multiple of their number, so
 * few characters are read: a regular expression takes 3 µs for a line of the log, more than writing it.
 */
const hasDigits = (text: string): boolean => {
  for (let at = DIGITS - 1; at < text.length; at += DIGITS) {
    let from = at
    while (from >= 0 && isDigit(text.charCodeAt(from))) from -= 1
    if (from === at) continue
    let to = at
    while (to < text.length && isDigit(text.charCodeAt(to))) to += 1
    if (to - from > DIGITS) return true
  }
  return false
}

interface Form {
  /** A text without it has no secret of this form: most texts are read for the marks alone. */
  readonly mark: string | ((text: string) => boolean)
  readonly secret: RegExp
  readonly to: string
}

const FORMS: readonly Form[] = [
  // Tokens of keys, members and tickets: JSON Web Tokens.
  { mark: 'eyJ', secret: /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g, to: REMOVED },
  // Operator keys, sessions, sign-in links.
  {
    mark: 'tenantry_',
    secret: /\btenantry_(operator|session|sign_in)_[\w-]{16,}/g,
    to: `tenantry_$1_${REMOVED}`,
  },
  // Secrets of webhooks.
  { mark: 'whsec_', secret: /\bwhsec_[\w+/=-]{16,}/g, to: REMOVED },
  { mark: hasDigits, secret: new RegExp(`[0-9a-f]{${DIGITS}}`, 'g'), to: REMOVED },
  { mark: ' ', secret: /\b(bearer|basic) (?=\S*\d)[\w.~+/=-]{12,}/gi, to: `$1 ${REMOVED}` },
  // Passwords in URLs.
  {
    mark: '://',
    secret: /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/?#@"\\]*):[^\s/?#@"\\]+@/gi,
    to: `$1:${REMOVED}@`,
  },
  {
    mark: '=',
    secret: /([?&](?:ticket|token|access_token|api_key|apikey|key|secret|password|code)=)[^&#\s"\\]+/gi,
    to: `$1${REMOVED}`,
  },
]

/** Without the secrets that have a form of their own. */
export const redact = (text: string): string => {
  let rest = text
  for (const { mark, secret, to } of FORMS) {
    const isSuspect = typeof mark === 'string' ? rest.includes(mark) : mark(rest)
    if (isSuspect) rest = rest.replace(secret, to)
  }
  return rest
}
