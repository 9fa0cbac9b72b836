// The sign-in link. The secret is in the URL's fragment, which browsers do not send: it appears in no log and
// no Referer.

export const signInUrl = (origin: string, secret: string): string => `${origin}/sign-in#${secret}`
