// Removes secrets from text that leaves the process for operators: one list of their forms. The text may be
// JSON or a URL, so a secret may follow an escape, as in `\neyJ` and `%20eyJ`: no form asks for the beginning
// of a word. Lengths are bounded: callers choose texts, and the time must not grow with the square of those.

const REMOVED = '[redacted]'

const DIGITS = 64

const isDigit = (code: number): boolean => (code >= 48 && code <= 57) || (code >= 97 && code <= 102)

/**
 * Whether the text has 64 hexadecimal digits in a row. Such a row covers a character at a multiple of 64, so
 * few are read: a regular expression takes 3 µs for a line of the log, more than writing it.
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
  /** A text without it has no secret of this form, which is all that most texts are checked for. */
  readonly mark: string | ((text: string) => boolean)
  readonly secret: RegExp
  readonly to: string
}

const FORMS: readonly Form[] = [
  // Tokens of keys, members and tickets: JSON Web Tokens.
  { mark: 'eyJ', secret: /eyJ[\w-]{8,300}\.[\w-]{1,8000}\.[\w-]+/g, to: REMOVED },
  // Operator keys, sessions, sign-in links.
  {
    mark: 'tenantry_',
    secret: /tenantry_(operator|session|sign_in)_[\w-]{16,}/g,
    to: `tenantry_$1_${REMOVED}`,
  },
  // Secrets of webhooks.
  { mark: 'whsec_', secret: /whsec_[\w+/=-]{16,}/g, to: REMOVED },
  { mark: hasDigits, secret: new RegExp(`[0-9a-f]{${DIGITS},}`, 'g'), to: REMOVED },
  { mark: ' ', secret: /(bearer|basic) +(?=\S{0,1000}\d)[\w.~+/=-]{12,}/gi, to: `$1 ${REMOVED}` },
  // Passwords in URLs.
  {
    mark: '://',
    secret: /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/?#@"\\]*):[^\s/?#@"\\]+@/gi,
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

/** Of a text that may be very long. */
const MOST_READ = 16_384

/** The beginning of a text, without secrets: one that the end cuts would not be found. */
export const redactedStart = (text: string, characters: number): string => {
  const start = redact(text.slice(0, MOST_READ))
  return start.length > characters ? `${start.slice(0, characters)}…` : start
}
