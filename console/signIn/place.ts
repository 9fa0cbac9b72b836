// Keeps the requested page across sign-in, in the query of the sign-in URL. Only paths of the console: the
// sign-in page must not redirect elsewhere.

export const signInPath = (location: string, search: string): string => {
  const place = search === '' ? location : `${location}?${search}`
  return place === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(place)}`
}

/** A slash, not followed by another one or by a backslash, which browsers treat as one. */
const OWN_PATH = /^\/(?![/\\])[^\p{Cc}]*$/u

export const placeOf = (search: string): string => {
  const place = new URLSearchParams(search).get('next') ?? '/'
  return OWN_PATH.test(place) && !place.startsWith('/sign-in') ? place : '/'
}
