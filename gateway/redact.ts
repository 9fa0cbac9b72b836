// Removes secrets from text that leaves the process for operators: one list of their forms.

const REMOVED = '[redacted]'

const FORMS: readonly (readonly [RegExp, string])[] = [
  // Tokens of keys, members and tickets: JSON Web Tokens.
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g, REMOVED],
  // Operator keys, sessions, sign-in links.
  [/\btenantry_(operator|session|sign_in)_[\w-]{16,}/g, `tenantry_$1_${REMOVED}`],
  // Secrets of webhooks.
  [/\bwhsec_[\w+/=-]{16,}|[0-9a-f]{64}/g, REMOVED],
  [/\b(bearer|basic) (?=\S*\d)[\w.~+/=-]{12,}/gi, `$1 ${REMOVED}`],
  // Passwords in URLs.
  [/(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/?#@"\\]*):[^\s/?#@"\\]+@/gi, `$1:${REMOVED}@`],
  [
    /([?&](?:ticket|token|access_token|api_key|apikey|key|secret|password|code)=)[^&#\s"\\]+/gi,
    `$1${REMOVED}`,
  ],
]

/** Every form contains one of these; most lines contain none. */
const SUSPECT = /eyJ|tenantry_|whsec_|[0-9a-f]{64}|bearer |basic |:\/\/|[?&][a-z_]+=/i

/** Without the secrets that have a form of their own. */
export const redact = (text: string): string =>
  SUSPECT.test(text) ? FORMS.reduce((rest, [form, to]) => rest.replace(form, to), text) : text
