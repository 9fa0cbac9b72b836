// The `Prefer` header (RFC 7240): the one preference that we honour.

/** Whether the caller prefers no body; the first `return` counts (§2). */
export const isMinimalPreferred = (header: string | readonly string[]): boolean => {
  const text = typeof header === 'string' ? header : header.join(',')
  const preferences = text
    .split(',')
    .map((preference) => preference.split(';')[0]?.trim().toLowerCase() ?? '')
  const wanted = preferences.find((preference) => /^return\s*=/.test(preference))
  return wanted !== undefined && /^return\s*=\s*"?minimal"?$/.test(wanted)
}
