// The URL of a webhook as the audit stores it. Receivers often keep a token in the query.

const MASKED = '***'

/** A part without `=` is a value. */
const masked = (part: string): string => {
  const end = part.indexOf('=')
  return end === -1 ? MASKED : `${part.slice(0, end)}=${MASKED}`
}

/** With the values of its query masked. @param url as the URL parser writes it */
export const auditedUrl = (url: string): string => {
  const start = url.indexOf('?') + 1
  if (start === 0) return url
  return url.slice(0, start) + url.slice(start).split('&').map(masked).join('&')
}
