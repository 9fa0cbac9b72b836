// The link that a person signs in by. In: the gateway's address and a secret; out: a URL with the secret in
// its fragment, which browsers keep to themselves: it is in no log and no Referer.

export const signInUrl = (origin: string, secret: string): string => `${origin}/sign-in#${secret}`
