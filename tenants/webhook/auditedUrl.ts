// The URL of a webhook as the audit stores it. Receivers often keep a token in the path, or in the query.

const MASKED = '***'

/** A part without `=` is a value. */
const masked = (part: string): string => {
  const end = part.indexOf('=')
  return end === -1 ? MASKED : `${part.slice(0, end)}=${MASKED}`
}

/** With its path and the values of its query masked. @param url as the URL parser writes it */
export const auditedUrl = (url: string): string => {
  const { origin, pathname, search } = new URL(url)
  const path = pathname === '/' ? pathname : `/${MASKED}`
  const query = search === '' ? '' : `?${search.slice(1).split('&').map(masked).join('&')}`
  return origin + path + query
}
