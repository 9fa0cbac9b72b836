// The place that somebody wanted to see before they had to sign in. In: an address; out: the sign-in page's
// address that keeps it, and back. Only paths of the console are kept: a link must not lead from the sign-in
// page to elsewhere.

export const signInPath = (location: string, search: string): string => {
  const place = search === '' ? location : `${location}?${search}`
  return place === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(place)}`
}

/** A slash, and then neither a second one nor a backslash, which browsers take for one. */
const OWN_PATH = /^\/(?![/\\])[^\p{Cc}]*$/u

export const placeOf = (search: string): string => {
  const place = new URLSearchParams(search).get('next') ?? '/'
  return OWN_PATH.test(place) && !place.startsWith('/sign-in') ? place : '/'
}
